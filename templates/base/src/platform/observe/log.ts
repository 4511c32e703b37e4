/** Severity from chatty to nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Flat facts. Never pass a token, an argument or a result. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

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
  /** The same log with these facts on every line. */
  with(fields: LogFields): Log;
}

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };

/**
 * @param write - Takes one line without its line break; stderr on stdio, stdout over HTTP.
 */
export function createLog(level: LogLevel, write: (line: string) => void, bound: LogFields = {}): Log {
  const emit = (at: LogLevel, event: string, fields: LogFields = {}): void => {
    if (ORDER[at] < ORDER[level]) return;
    write(JSON.stringify({ ts: new Date().toISOString(), level: at, event, ...bound, ...fields }));
  };
  return {
    debug: (event, fields) => emit('debug', event, fields),
    info: (event, fields) => emit('info', event, fields),
    warn: (event, fields) => emit('warn', event, fields),
    error: (event, fields) => emit('error', event, fields),
    failure: (event, error, fields) =>
      emit('error', event, { ...fields, ...describeFailure(error, level === 'debug') }),
    always: (event, fields) => write(JSON.stringify({ ts: new Date().toISOString(), event, ...bound, ...fields })),
    with: (fields) => createLog(level, write, { ...bound, ...fields }),
  };
}

function describeFailure(error: unknown, withText: boolean): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // The stack repeats the message; only the frames below it are safe to keep.
  const stack = error.stack ?? '';
  const frames = stack.slice(stack.indexOf(error.message) + error.message.length);
  const at = frames.split('\n').filter((line) => line.startsWith('    at ')).slice(0, 8);
  return {
    error: error.constructor.name,
    ...(code !== undefined && /^[A-Z0-9_]{1,40}$/.test(code) && { code }),
    at: at.map((line) => line.trim()).join(' | '),
    ...(withText && { message: error.message }),
  };
}
