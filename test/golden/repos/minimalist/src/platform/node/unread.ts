import { getHeapStatistics } from 'node:v8';

/** Bytes of answers that may wait for their clients, all connections together: they wait in the heap, whose end is the end of the process. */
const MAX_BYTES = Math.min(256 * 1024 * 1024, getHeapStatistics().heap_size_limit / 4);

/** Milliseconds between two looks: a server makes a good many bytes in one. */
const LOOK_MS = 100;

/** Of HTTP/1.1 or 2. */
interface Answer {
  readonly writableLength: number;
  readonly req: { readonly socket: { destroy(): unknown } };
  once(event: 'close', listener: () => void): unknown;
}

/** Hangs up on clients that do not take their answers, those with the most first, while all of it together would fill the memory. */
export function watchUnread(): (answer: Answer) => void {
  const open = new Set<Answer>();
  const look = (): void => {
    const waiting = [...open].map(({ req, writableLength }) => ({ req, bytes: writableLength })).sort((a, b) => b.bytes - a.bytes);
    let total = waiting.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { req, bytes } of waiting) {
      if (total <= MAX_BYTES) return;
      total -= bytes;
      req.socket.destroy();
    }
  };
  setInterval(look, LOOK_MS).unref();
  return (answer) => {
    open.add(answer);
    answer.once('close', () => open.delete(answer));
  };
}
