import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { getHeapStatistics } from 'node:v8';

/** Bytes of answers that may wait for their clients, all connections together: they wait in the heap, whose end is the end of the process. */
const MAX_BYTES = Math.min(256 * 1024 * 1024, getHeapStatistics().heap_size_limit / 4);

/** Milliseconds between two looks: a server makes a good many bytes in one. */
const LOOK_MS = 100;

/** Requests of one connection that wait for their answers at the same time. HTTP/1.1 sets no end to it; browsers and proxies wait for each. */
const MAX_PIPELINED = 32;

/**
 * Hangs up on clients that do not take their answers, those with the most first, while all of it together would fill the
 * memory; and on those that send request upon request without waiting.
 *
 * @returns what is told of every answer, and says whether it is still wanted.
 */
export function watchUnread(): (answer: ServerResponse) => boolean {
  const open = new Map<Socket, Set<ServerResponse>>();
  const look = (): void => {
    const sizes = [...open].map(([socket, answers]) => ({ socket, bytes: [...answers].reduce((sum, { writableLength }) => sum + writableLength, 0) }));
    let total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { socket, bytes } of sizes.sort((a, b) => b.bytes - a.bytes)) {
      if (total <= MAX_BYTES) return;
      total -= bytes;
      socket.destroy();
    }
  };
  setInterval(look, LOOK_MS).unref();
  const answersOn = (socket: Socket): Set<ServerResponse> => {
    const answers = open.get(socket) ?? new Set();
    // An answer that stands behind another one never hears that its connection has ended.
    if (!open.has(socket)) socket.once('close', () => open.delete(socket));
    open.set(socket, answers);
    return answers;
  };
  return (answer) => {
    const { socket } = answer.req;
    // What has come in one piece with the request that was too many.
    if (socket.destroyed) return false;
    const answers = answersOn(socket).add(answer);
    answer.once('close', () => answers.delete(answer));
    if (answers.size > MAX_PIPELINED) socket.destroy();
    return answers.size <= MAX_PIPELINED;
  };
}
