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
  /** Facts for every line. */
  readonly bound?: LogFields;
  /** What to say on each line of where it was written. */
  readonly here?: (() => LogFields | undefined) | undefined;
  /** Hears of warnings and errors, also of those that the level leaves out. */
  readonly noteTrouble?: ((level: 'warn' | 'error', event: string, fields: LogFields) => void) | undefined;
  /** Takes what no level silences; the same place unless given. */
  readonly record?: Sink;
}

/** Makes a log that leaves out what is below `level`. */
export function createLog(level: LogLevel, write: Sink, options: LogOptions = {}): Log {
  const { bound, here, noteTrouble, record = write } = options;
  const emit = (at: Exclude<LogLevel, 'silent'>, event: string, fields: LogFields = {}): void => {
    if (at === 'warn' || at === 'error') noteTrouble?.(at, event, fields);
    if (ORDER[at] < ORDER[level]) return;
    write(JSON.stringify({ ts: new Date().toISOString(), level: at, event, ...bound, ...here?.(), ...fields }));
  };
  return {
    debug: (event, fields) => emit('debug', event, fields),
    info: (event, fields) => emit('info', event, fields),
    warn: (event, fields) => emit('warn', event, fields),
    error: (event, fields) => emit('error', event, fields),
    failure: (event, error, fields) =>
      emit('error', event, { ...fields, ...describeFailure(error, level === 'debug') }),
    always: (event, fields) => record(JSON.stringify({ ts: new Date().toISOString(), event, ...bound, ...here?.(), ...fields })),
    keepsRecords: () => record.works?.() ?? true,
    flush: () => record.flush?.(),
    with: (fields) => createLog(level, write, { ...options, bound: { ...bound, ...fields } }),
  };
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
