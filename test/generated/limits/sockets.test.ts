import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { send } from '../wire/http.ts';
import { call } from '../wire/message.ts';
import { builtRepo } from '../wire/probe.ts';
import { killServers, startServer } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(await builtRepo('http-notes'));
});
afterAll(killServers);

/** Sends `first` at once and then a byte a second, until it is hung up on. @returns what came back, and after how many seconds. */
function trickle(first: string): Promise<{ answer: string; seconds: number }> {
  return new Promise((resolve) => {
    const begin = performance.now();
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.write(first);
    const timer = setInterval(() => socket.write('x'), 1_000);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ answer, seconds: (performance.now() - begin) / 1_000 });
    });
  });
}

test.each([
  ['S010 headers that never end', 'X-Slow: ', 9, 20],
  ['S011 a body that never ends', 'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{', 28, 45],
])('%s are hung up on with 408, and a hundred of them hold up nobody', async (_, rest, least, most) => {
  const slow = Array.from({ length: 100 }, () => trickle(`POST /mcp HTTP/1.1\r\nHost: localhost:${server.port}\r\n${rest}`));
  expect((await send(server.port, call('modern', 'search_notes', { query: '' }))).status).toBe(200);
  for (const { answer, seconds } of await Promise.all(slow)) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(seconds).toBeGreaterThan(least);
    expect(seconds).toBeLessThan(most);
  }
});
