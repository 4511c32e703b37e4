import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';

/**
 * Makes a terminal that was closed under us (window closed, connection lost) an ordinary cancel.
 * Left alone, readline throws because raw mode can't be left any more, and at exit Node aborts
 * because it can't restore the settings of the terminal: it tries for every standard stream that is still open.
 */
export function onHangUp(cancel: () => void): void {
  const terminals = [0, 1, 2].filter(isatty);
  process.on('SIGHUP', cancel);
  process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EIO') return cancel();
    process.stderr.write(`${error.stack ?? String(error)}\n`);
    process.exit(1);
  });
  process.on('exit', () => {
    for (const descriptor of terminals.filter((one) => !isatty(one))) closeSync(descriptor);
  });
}
