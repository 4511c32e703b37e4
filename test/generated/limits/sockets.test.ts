import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWire, render, send } from '../wire/http.ts';
import { call } from '../wire/message.ts';
import { build, copyRepo, once, writeIndexes } from '../wire/probe.ts';
import { killServers, sleep, startServer } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';

async function make(at: string): Promise<void> {
  copyRepo('http-notes', at);
  const probe = fileURLToPath(new URL('../wire/probe/src', import.meta.url));
  for (const file of ['effects.ts', 'tools/long_result.ts']) cpSync(path.join(probe, file), path.join(at, 'src', file));
  const slow = readFileSync(path.join(probe, 'tools/slow_call.ts'), 'utf8').replace('max(20000)', 'max(60000)').replace('effect:', 'timeoutMs: 60_000,\n  effect:');
  writeFileSync(path.join(at, 'src/tools/slow_call.ts'), slow);
  writeIndexes(at);
  await build(at);
}

let server: Server;
/** One that has less memory for answers that nobody takes. */
let small: Server;
beforeAll(async () => {
  server = await startServer(await once('limits-sockets', make));
  small = await startServer(
    await once('limits-sockets-small', async (at) => {
      await make(at);
      const unread = path.join(at, 'src/platform/node/unread.ts');
      writeFileSync(unread, readFileSync(unread, 'utf8').replace('256 * 1024 * 1024', '1024 * 1024'));
      await build(at);
    }),
  );
});
afterAll(killServers);

/** One whose clients may stall for a second only, with a call that says nothing until it is done. */
const impatient = async (): Promise<Server> => {
  const repo = await once('limits-sockets-impatient', async (at) => {
    await make(at);
    cpSync(fileURLToPath(new URL('../wire/probe/src/tools/slow_call.ts', import.meta.url)), path.join(at, 'src/tools/slow_call.ts'));
    const listen = path.join(at, 'src/platform/node/listen.ts');
    writeFileSync(listen, readFileSync(listen, 'utf8').replace('STALLED_MS = 20_000', 'STALLED_MS = 1_000'));
    await build(at);
  });
  expect(readFileSync(path.join(repo, 'src/platform/node/listen.ts'), 'utf8')).toContain('STALLED_MS = 1_000');
  return startServer(repo);
};

/** Sends `first` at once and then a byte a second, until it is hung up on; never hangs up itself. @returns what came back, and after how many seconds. */
function trickle(first: string): Promise<{ answer: string; seconds: number }> {
  return new Promise((resolve) => {
    const begin = performance.now();
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
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

test.concurrent.each([
  ['S010 headers that never end', 'X-Slow: ', 9, 20],
  ['S011 a body that never ends', 'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{', 28, 45],
])('%s are hung up on with 408, whether the client hangs up or not, and a hundred of them hold up nobody', async (_, rest, least, most) => {
  const slow = Array.from({ length: 100 }, () => trickle(`POST /mcp HTTP/1.1\r\nHost: localhost:${server.port}\r\n${rest}`));
  expect((await send(server.port, call('modern', 'search_notes', { query: '' }))).status).toBe(200);
  for (const { answer, seconds } of await Promise.all(slow)) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(seconds).toBeGreaterThan(least);
    expect(seconds).toBeLessThan(most);
  }
});

test.concurrent('S012 a client that does not read what it has asked for is hung up on; one that waits for a slow tool is not', async () => {
  const ask = (tool: string, args: Record<string, unknown>) => render(server.port, call('modern', tool, args));
  const [stalled, patient] = [await openWire(server.port), await openWire(server.port)];
  stalled.socket.pause();
  // Together more than a system keeps for a connection.
  for (let at = 0; at < 20; at++) stalled.write(ask('long_result', { length: 1_048_500, idempotency_key: `stalled-${at}` }));
  patient.write(ask('slow_call', { ms: 45_000, name: 'patient' }));
  await sleep(55_000);
  stalled.socket.resume();
  await stalled.closed;
  expect(stalled.received().match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThan(20);
  expect((await patient.answer()).json().result?.isError ?? false).toBe(false);
  patient.close();
});

test.concurrent('S013 a client that sends request upon request without waiting is hung up on, before anybody else notices', async () => {
  const ask = (at: number) => render(server.port, call('modern', 'slow_call', { ms: 2_000, name: `pipelined-${at}` }));
  const [few, many] = [await openWire(server.port), await openWire(server.port)];
  few.write(Array.from({ length: 32 }, (_, at) => ask(at)).join(''));
  many.write(Array.from({ length: 10_000 }, (_, at) => ask(at)).join(''));
  await many.closed;
  expect(many.received()).not.toContain('"result"');
  for (let at = 0; at < 32; at++) expect((await few.answer()).json().result?.structuredContent).toEqual({ name: `pipelined-${at}` });
  few.close();
});

test.concurrent('S012 who waits in silence for longer than a client may stall is not hung up on', async () => {
  const { port } = await impatient();
  expect((await send(port, call('modern', 'slow_call', { ms: 5_000, name: 'silent' }))).json().result?.structuredContent).toEqual({ name: 'silent' });
});

test.concurrent('S012 clients that leave more unread than there is memory for are hung up on before their time is over', async () => {
  const stalled = await openWire(small.port);
  stalled.socket.pause();
  const ask = (length: number, key: string) => render(small.port, call('modern', 'long_result', { length, idempotency_key: key }));
  for (let at = 0; at < 20; at++) stalled.write(ask(1_048_500, `unread-${at}`));
  await sleep(15_000);
  stalled.socket.resume();
  await stalled.closed;
  expect(stalled.received().match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThan(20);
  const other = await openWire(small.port);
  other.write(ask(10_000, 'read-at-once'));
  expect((await other.answer()).status).toBe(200);
  other.close();
});
