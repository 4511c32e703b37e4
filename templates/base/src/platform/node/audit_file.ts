import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { ConfigError, problem } from '../config/environment.js';
import type { Log, Sink } from '../observe/log.js';

/** Milliseconds between two attempts while the file cannot be written, and between two looks whether it is still there. */
const AGAIN_MS = 1_000;

/** Characters that wait for the file at most; what comes later is lost, and counted. */
const MAX_PENDING = 1_000_000;

/**
 * Appends lines to a file, those of one turn of the event loop at once. A disk that is full costs records, not the server.
 *
 * @param log - Hears when the file fails, and when it is back.
 * @throws {ConfigError} when the file cannot be opened.
 */
export function auditFile(path: string, log: Pick<Log, 'error' | 'info'>): Sink {
  let file = open(path);
  let lookedAt = performance.now();
  let pending = '';
  /** What an attempt has left over: bytes, for a disk may take half of a character. */
  let rest = Buffer.alloc(0);
  let dropped = 0;
  let works = true;
  let again: ReturnType<typeof setTimeout> | undefined;
  /** Opens the file anew where another has its name, or none: it was rotated or removed, and nobody would find what it still takes. */
  const follow = (): void => {
    if (performance.now() - lookedAt < AGAIN_MS) return;
    lookedAt = performance.now();
    if (statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(file).ino) return;
    const moved = file;
    file = openSync(path, 'a', 0o600);
    closeSync(moved);
  };
  const flush = (): void => {
    if (pending === '' && rest.length === 0) return;
    rest = rest.length === 0 ? Buffer.from(pending) : Buffer.concat([rest, Buffer.from(pending)]);
    pending = '';
    try {
      follow();
      // A disk may take a part of it.
      while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
      if (!works) log.info('audit.back', { dropped });
      [works, dropped] = [true, 0];
    } catch (error) {
      if (works) log.error('audit.failing', { code: (error as NodeJS.ErrnoException).code });
      works = false;
      // One timer, however often somebody else has tried meanwhile.
      again ??= setTimeout(() => {
        again = undefined;
        flush();
      }, AGAIN_MS).unref();
    }
  };
  process.on('exit', flush);
  const write = (line: string): void => {
    if (rest.length + pending.length + line.length > MAX_PENDING) dropped++;
    else pending += `${line}\n`;
    if (works && pending.length === line.length + 1) setImmediate(flush);
  };
  return Object.assign(write, { flush, works: () => works });
}

/** Only its owner may read it: it says who did what. */
function open(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([problem('AUDIT_FILE', `the file it names cannot be opened (${code}).`, 'AUDIT_FILE=/var/log/mcp/audit.jsonl')]);
  }
}
