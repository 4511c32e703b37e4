import type { Log } from '../observe/log.js';

/**
 * Ends the process when something was thrown that nobody caught: its state is
 * unknown. Node's own report would print the error's text, which may hold a
 * secret.
 */
export function exitOnCrash(log: Log): void {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.failure('process.crashed', error, { cause: event });
      process.exit(1);
    });
  }
}
