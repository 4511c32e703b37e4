import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../wire/http.ts';
import { call, modern } from '../wire/message.ts';
import { killServers, sleep, startServer } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';
import { SECRET } from './cluster.ts';
import { startLatencyProxy } from './latency-proxy.ts';
import type { LatencyProxy } from './latency-proxy.ts';
import { RawSession } from './raw.ts';
import { killRedis, startRedis } from './redis-server.ts';
import { sessionsRepo, watchEffects } from './world.ts';

let proxy: LatencyProxy;
let server: Server;
let limited: Server;
let session: RawSession;
beforeAll(async () => {
  proxy = await startLatencyProxy((await startRedis()).port);
  server = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: proxy.url, MCP_SECRET: SECRET, ...watchEffects().env });
  const limits = { RATE_LIMIT_TENANT_PER_MINUTE: '600', RATE_LIMIT_AGENT_PER_MINUTE: '120', RATE_LIMIT_TOOL_PER_MINUTE: '60' };
  limited = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: proxy.url, MCP_SECRET: SECRET, ...limits, ...watchEffects().env });
  session = await RawSession.open(server.port);
  await sleep(100);
});
afterAll(async () => {
  await killServers();
  await proxy.close();
  await killRedis();
});

/** Times that the server waited for Redis while it worked. */
async function tripsOf(work: () => Promise<unknown>): Promise<number> {
  const before = proxy.trips;
  await work();
  return proxy.trips - before;
}

const key = () => ({ idempotency_key: randomUUID() });

describe('round trips to Redis', () => {
  test.each<[string, number, () => Promise<unknown>]>([
    ['a read of the 2026 era', 0, () => send(server.port, call('modern', 'who_answers', { word: 'x' }))],
    ['a list of the 2026 era', 0, () => send(server.port, modern('tools/list'))],
    ['a write of the 2026 era', 2, () => send(server.port, call('modern', 'spend_money', { name: 'x', ...key() }))],
    ['a read of a session', 1, () => session.ask(server.port, 'tools/call', { name: 'who_answers', arguments: { word: 'x' } })],
    ['a list of a session', 1, () => session.ask(server.port, 'tools/list')],
    ['a write of a session', 3, () => session.ask(server.port, 'tools/call', { name: 'spend_money', arguments: { name: 'x', ...key() } })],
    ['a read of the 2026 era, counted', 1, () => send(limited.port, call('modern', 'who_answers', { word: 'x' }))],
    ['a list of the 2026 era, not counted', 0, () => send(limited.port, modern('tools/list'))],
    ['a write of the 2026 era, counted', 3, () => send(limited.port, call('modern', 'spend_money', { name: 'x', ...key() }))],
    ['a handle that is read', 1, () => send(server.port, call('modern', 'recall_word', { handle: '0'.repeat(32) }))],
  ])('%s: %i', async (_, trips, work) => {
    expect([await tripsOf(work), await tripsOf(work)]).toEqual([trips, trips]);
  });
});
