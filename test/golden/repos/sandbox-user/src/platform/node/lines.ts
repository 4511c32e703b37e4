import type { Sink } from '../observe/log.js';

/** Bytes that may wait for whoever reads the log. Who has stopped reading costs lines, not the server. */
const MAX_WAITING = 16 * 1_048_576;

/** Writes lines to a stream, all those of one turn of the event loop at once, and the last ones before the process ends. */
export function lineWriter(stream: NodeJS.WriteStream): Sink {
  let pending = '';
  const hasRoom = (): boolean => stream.writableLength <= MAX_WAITING;
  const flush = (): void => {
    if (pending !== '' && hasRoom()) stream.write(pending);
    pending = '';
  };
  process.on('exit', flush);
  // Whoever reads the log may go away; the server goes on without it.
  stream.on('error', () => {});
  const write = (line: string): void => {
    if (pending === '') setImmediate(flush);
    pending += `${line}\n`;
  };
  return Object.assign(write, { flush, works: hasRoom });
}
