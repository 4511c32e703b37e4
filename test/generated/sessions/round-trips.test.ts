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
let near: Server;
const effects = watchEffects();
let session: RawSession;
let countedSession: RawSession;
beforeAll(async () => {
  const redis = await startRedis();
  proxy = await startLatencyProxy(redis.port);
  near = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: redis.url, MCP_SECRET: SECRET, ...effects.env });
  server = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: proxy.url, MCP_SECRET: SECRET, ...effects.env });
  const limits = { RATE_LIMIT_TENANT_PER_MINUTE: '600', RATE_LIMIT_AGENT_PER_MINUTE: '120', RATE_LIMIT_TOOL_PER_MINUTE: '60' };
  limited = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: proxy.url, MCP_SECRET: SECRET, ...limits, ...effects.env });
  session = await RawSession.open(server.port);
  countedSession = await RawSession.open(limited.port);
  await sleep(100);
});
afterAll(async () => {
  await killServers();
  await proxy.close();
  await killRedis();
});

/** Times that the server turned to Redis. */
async function tripsOf(work: () => Promise<unknown>): Promise<number> {
  const before = proxy.trips;
  await work();
  await sleep(50); // for what is written behind the answer
  return proxy.trips - before;
}

const key = () => ({ idempotency_key: randomUUID() });

// The outcome of a write is the last of them, and written behind the answer.
describe('round trips to Redis', () => {
  test.each<[string, number, () => Promise<unknown>]>([
    ['a read of the 2026 era', 0, () => send(server.port, call('modern', 'who_answers', { word: 'x' }))],
    ['a list of the 2026 era', 0, () => send(server.port, modern('tools/list'))],
    ['a write of the 2026 era', 1 + 1, () => send(server.port, call('modern', 'spend_money', { name: 'x', ...key() }))],
    ['a read of a session', 1, () => session.ask(server.port, 'tools/call', { name: 'who_answers', arguments: { word: 'x' } })],
    ['a list of a session', 1, () => session.ask(server.port, 'tools/list')],
    ['a write of a session', 2 + 1, () => session.ask(server.port, 'tools/call', { name: 'spend_money', arguments: { name: 'x', ...key() } })],
    ['a read of the 2026 era, counted', 1, () => send(limited.port, call('modern', 'who_answers', { word: 'x' }))],
    ['a list of the 2026 era, not counted', 0, () => send(limited.port, modern('tools/list'))],
    ['a write of the 2026 era, counted', 2 + 1, () => send(limited.port, call('modern', 'spend_money', { name: 'x', ...key() }))],
    ['a read of a session, counted', 1, () => countedSession.ask(limited.port, 'tools/call', { name: 'who_answers', arguments: { word: 'x' } })],
    ['a write of a session, counted', 2 + 1, () => countedSession.ask(limited.port, 'tools/call', { name: 'spend_money', arguments: { name: 'x', ...key() } })],
    ['a handle that is read', 1, () => send(server.port, call('modern', 'recall_word', { handle: '0'.repeat(32) }))],
  ])('%s: %i', async (_, trips, work) => {
    expect([await tripsOf(work), await tripsOf(work)]).toEqual([trips, trips]);
  });
});

const spend = async (port: number, idempotency_key: string) =>
  (await send(port, call('modern', 'spend_money', { name: 'x', ms: 500, idempotency_key }))).json().result;

/** A call whose outcome takes a while to get to Redis. */
const spendFarAway = async (port: number, idempotency_key: string): Promise<void> => {
  proxy.delay = 0;
  const spent = spend(port, idempotency_key);
  await sleep(250);
  proxy.delay = 70;
  expect((await spent)?.isError).toBeUndefined();
};

const expectReplay = async (idempotency_key: string): Promise<void> =>
  expect((await spend(near.port, idempotency_key))?.['_meta']?.['mcp-gen/result']).toMatchObject({ replayed: true });

describe('an outcome that is still on its way to Redis', () => {
  test('S089 is the answer to a retry all the same, on an instance that is nearer to Redis', async () => {
    const { idempotency_key } = key();
    await spendFarAway(server.port, idempotency_key);
    await expectReplay(idempotency_key);
  });

  test('gets there although the server is told to stop', async () => {
    const stopped = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: proxy.url, MCP_SECRET: SECRET, ...effects.env });
    const { idempotency_key } = key();
    await spendFarAway(stopped.port, idempotency_key);
    stopped.signal('SIGTERM');
    expect(await stopped.exited).toMatchObject({ code: 0 });
    await expectReplay(idempotency_key);
  });

  test('holds the answer up in no way', async () => {
    proxy.delay = 0;
    const spent = spend(server.port, key().idempotency_key);
    await sleep(250);
    proxy.blackHole = true;
    expect((await spent)?.isError).toBeUndefined();
    const log = await server.logUntil((lines) => lines.some(({ event }) => event === 'idempotency.not_kept'));
    expect(log.slice(-2).map(({ event }) => event)).toEqual(['mcp.audit', 'idempotency.not_kept']);
  });
});
