import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWire, send } from '../wire/http.ts';
import type { Wire } from '../wire/http.ts';
import { call, modern } from '../wire/message.ts';
import { probeRepo } from '../wire/probe.ts';
import { killServers, sleep, startServer } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { RATE_LIMIT_TOOL_PER_MINUTE: '60' });
});
afterAll(killServers);

describe('a process that is too busy', () => {
  test('S113 says that it was blocked, and asks to be left alone for ten seconds', async () => {
    const ready = async () => (await send(server.port, { method: 'GET', path: '/readyz' })).json() as { status?: string; checks?: Record<string, boolean> };
    expect((await ready()).checks?.['event_loop']).toBe(true);
    await send(server.port, call('modern', 'block_loop', { ms: 2_500 }));
    const log = await server.logUntil((lines) => lines.some(({ event }) => event === 'event_loop.blocked'));
    const line = log.find(({ event }) => event === 'event_loop.blocked');
    expect(line?.['blocked_ms']).toBeGreaterThan(1_000);
    expect(await ready()).toMatchObject({ status: 'not ready', checks: { event_loop: false, accepting: true } });
    await sleep(10_500);
    expect((await ready()).status).toBe('ready');
  });

  test('R119 a tool that has a limit of its own says so, and keeps to it whatever is configured for the others', async () => {
    const tools = (await send(server.port, modern('tools/list'))).json().result?.['tools'] as { name: string; description: string }[];
    expect(tools.find(({ name }) => name === 'block_loop')?.description).toContain('At most 3 calls a minute.');
    const answers = [];
    for (let at = 0; at < 4; at++) answers.push((await send(server.port, call('modern', 'block_loop', { ms: 0 }))).json().result?.isError ?? false);
    // One of the three was made before.
    expect(answers).toEqual([false, false, true, true]);
  });

  test('S013 five thousand connections: the server goes on, and serves who comes after them', async () => {
    const wires: Wire[] = [];
    let refused = 0;
    for (let at = 0; at < 50; at++) {
      await Promise.all(Array.from({ length: 100 }, () => openWire(server.port).then((wire) => wires.push(wire), () => refused++)));
    }
    expect(wires.length + refused).toBe(5_000);
    await sleep(500);
    expect(wires.filter(({ socket }) => !socket.destroyed).length).toBeLessThanOrEqual(4_000);
    expect(server.hasExited()).toBe(false);
    for (const { close } of wires) close();
    await sleep(200);
    expect((await send(server.port, { method: 'GET', path: '/healthz' })).status).toBe(200);
  });
});
