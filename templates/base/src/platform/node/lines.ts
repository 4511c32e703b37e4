import type { Sink } from '../observe/log.js';

/** Writes lines to a stream, all those of one turn of the event loop at once, and the last ones before the process ends. */
export function lineWriter(stream: NodeJS.WriteStream): Sink {
  let pending = '';
  const flush = (): void => {
    if (pending !== '') stream.write(pending);
    pending = '';
  };
  process.on('exit', flush);
  // Whoever reads the log may go away; the server goes on without it.
  stream.on('error', () => {});
  const write = (line: string): void => {
    if (pending === '') setImmediate(flush);
    pending += `${line}\n`;
  };
  return Object.assign(write, { flush });
}
