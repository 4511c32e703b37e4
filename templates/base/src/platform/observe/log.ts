/** Severity from chatty to nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Flat facts. Never pass a token, an argument or a result. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Takes lines without their line breaks: stderr on stdio, stdout over HTTP. */
export interface Sink {
  (line: string): void;
  /** Hands over what may still be collected. */
  readonly flush?: () => void;
  /** Whether what was handed over last has arrived. */
  readonly works?: () => boolean;
}

/** One JSON line per record. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** Logs where an unexpected error came from. Its text stays out unless the level is `debug`: it may hold a secret. */
  failure(event: string, error: unknown, fields?: LogFields): void;
  /** A record that no level silences. */
  always(event: string, fields: LogFields): void;
  /** Whether records are kept at the moment. */
  keepsRecords(): boolean;
  /** Makes sure that nothing written so far can be lost with the process. */
  flush(): void;
  /** The same log with these facts on every line. */
  with(fields: LogFields): Log;
}

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/** What a log works with besides its stream. */
export interface LogOptions {
  /** What to say on each line of where it was written. */
  readonly here?: (() => LogFields | undefined) | undefined;
  /** Hears of warnings and errors, also of those that the level leaves out. */
  readonly noteTrouble?: ((level: 'warn' | 'error', event: string, fields: LogFields) => void) | undefined;
  /** Takes what no level silences; the same place unless given. */
  readonly record?: Sink;
}

/** Makes a log that leaves out what is below `level`. */
export function createLog(level: LogLevel, write: Sink, options: LogOptions = {}): Log {
  return new JsonLog({ level, write, record: write, ...options }, '');
}

class JsonLog implements Log {
  /** @param bound - Members for every line, as {@link membersOf} writes them: what does not change is serialised once. */
  constructor(
    private readonly to: LogOptions & { readonly level: LogLevel; readonly write: Sink; readonly record: Sink },
    private readonly bound: string,
  ) {}

  debug(event: string, fields?: LogFields): void {
    this.#emit('debug', event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#emit('info', event, fields);
  }

  warn(event: string, fields: LogFields = {}): void {
    this.to.noteTrouble?.('warn', event, fields);
    this.#emit('warn', event, fields);
  }

  error(event: string, fields: LogFields = {}): void {
    this.to.noteTrouble?.('error', event, fields);
    this.#emit('error', event, fields);
  }

  failure(event: string, error: unknown, fields?: LogFields): void {
    this.error(event, { ...fields, ...describeFailure(error, this.to.level === 'debug') });
  }

  always(event: string, fields: LogFields): void {
    this.to.record(this.#line('', event, fields));
  }

  keepsRecords(): boolean {
    return this.to.record.works?.() ?? true;
  }

  flush(): void {
    this.to.record.flush?.();
  }

  with(fields: LogFields): Log {
    return new JsonLog(this.to, this.bound + membersOf(fields));
  }

  #emit(level: Exclude<LogLevel, 'silent'>, event: string, fields?: LogFields): void {
    if (ORDER[level] >= ORDER[this.to.level]) this.to.write(this.#line(membersOf({ level }), event, fields));
  }

  #line(level: string, event: string, fields: LogFields | undefined): string {
    const here = this.to.here?.();
    const facts = here ? { ...here, ...fields } : fields;
    return `{"ts":"${new Date().toISOString()}"${level}${membersOf({ event })}${this.bound}${membersOf(facts)}}`;
  }
}

/** The members of an object in JSON, each after a comma. */
function membersOf(fields: LogFields = {}): string {
  const text = JSON.stringify(fields);
  return text === '{}' ? '' : `,${text.slice(1, -1)}`;
}

/** `    at fn (file:///path/to/file.js:1:2)`: no host, no query, no user name fits in. */
const FRAME = /^    at (?:[\w.$<>[\] ]+ \()?(?:file:\/\/|node:|\/|[A-Za-z]:\\)[^()\s@?]*:\d+:\d+\)?$/;

function describeFailure(error: unknown, withText: boolean): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  try {
    return partsOf(error, withText);
  } catch {
    // Any part of an error can be a getter that throws.
    return { error: 'unreadable' };
  }
}

function partsOf(error: Error, withText: boolean): LogFields {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // The stack repeats the message, whatever that held when it was first read: only lines that can be nothing but a frame are kept.
  const at = (error.stack ?? '').split('\n').filter((line) => FRAME.test(line)).slice(0, 8);
  return {
    error: error.constructor.name,
    ...(code !== undefined && /^[A-Z0-9_]{1,40}$/.test(code) && { code }),
    at: at.map((line) => line.trim()).join(' | '),
    ...(withText && { message: error.message }),
  };
}
