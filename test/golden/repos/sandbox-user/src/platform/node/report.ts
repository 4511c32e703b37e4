import { ConfigError } from '../config/environment.js';

/** Says on stderr why the server does not start. A system error is reduced to its code and address. */
export function reportStartFailure(error: unknown): void {
  process.stderr.write(error instanceof ConfigError ? error.message : `The server does not start: ${reason(error)}\n`);
  process.exitCode = 1;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'something was thrown that is no error.';
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `port ${port} is in use. Stop what uses it, or set another: PORT=${Number(port) + 1}`;
  return code === undefined ? (error.stack ?? error.name) : code;
}
