import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld } from '../auth/bench.ts';
import { legacy } from '../wire/message.ts';
import { builtRepo } from '../wire/probe.ts';
import { killServers, startServer, until } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';
import { SECRET } from './cluster.ts';
import { RawSession } from './raw.ts';
import { killRedis, startRedis } from './redis-server.ts';
import type { RedisServer } from './redis-server.ts';
import { sessionsRepo, watchEffects } from './world.ts';

const HOUR_MS = 60 * 60_000;

let redis: RedisServer;
let server: Server;
beforeAll(async () => {
  redis = await startRedis();
  server = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: redis.url, MCP_SECRET: SECRET, ...watchEffects().env });
});
afterAll(async () => {
  await killServers();
  await killRedis();
});

const keyOf = ({ id }: RawSession) => `mcp:sessions:{local}:session:${id}`;
/** How long a key has still to live, in milliseconds. */
const remaining = async (key: string) => Number(/:(-?\d+)/.exec(await redis.command('PTTL', key))?.[1]);
const ping = async (session: RawSession) => (await session.fetch(server.port, { body: session.request('ping') })).status;

describe('the life of a session', () => {
  test('an orderly end of the server is no failure in its log, whoever still listens', async () => {
    const leaving = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: redis.url, MCP_SECRET: SECRET, ...watchEffects().env });
    await (await RawSession.open(leaving.port)).listen(leaving.port);
    leaving.signal('SIGTERM');
    expect(await leaving.exited).toMatchObject({ code: 0 });
    expect(leaving.log().filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('R113 is an hour from its last use, whatever it was used for', async () => {
    const session = await RawSession.open(server.port);
    expect(await remaining(keyOf(session))).toBeLessThanOrEqual(HOUR_MS);
    const uses: readonly (() => Promise<number>)[] = [
      () => ping(session),
      async () => (await session.fetch(server.port, { body: { jsonrpc: '2.0', method: 'notifications/anything' } })).status,
      async () => {
        const stream = await session.listen(server.port);
        stream.close();
        return stream.status;
      },
    ];
    for (const use of uses) {
      await redis.command('PEXPIRE', keyOf(session), '60000');
      expect(await use()).toBeLessThan(300);
      expect(await remaining(keyOf(session))).toBeGreaterThan(HOUR_MS - 60_000);
    }
  });

  test('S013 keeps no long words of a client in the store: neither how it introduces itself, nor what it answers', async () => {
    const long = 'x'.repeat(70_000);
    await expect(RawSession.open(server.port, { capabilities: { experimental: { long: { long } } } })).rejects.toThrow('no session: 413');
    const session = await RawSession.open(server.port);
    const say = async (result: object) => (await session.fetch(server.port, { body: { jsonrpc: '2.0', id: 'unasked', result } })).status;
    expect(await say({ long })).toBe(413);
    expect(await say({})).toBe(202);
    expect(await remaining(`mcp:sessions:{local}:inbox:${session.id}`)).toBeLessThanOrEqual(60_000);
  });

  test('S013 one tenant fills its own part of the memory, not that of the others', async () => {
    const { ask, token, close } = await startWorld({}, await builtRepo('auth-redis'));
    const open = async (tenant: string, client: string, length: number) => {
      const capabilities = { experimental: { long: { long: 'x'.repeat(length) } } };
      return (await ask(`Bearer ${token({ org_id: tenant, client_id: client })}`, legacy('initialize', { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'raw', version: '1' } }))).status;
    };
    const opened: number[] = [];
    for (let at = 0; at < 560; at++) opened.push(await open('acme', `client-${at % 8}`, 63_000));
    expect([opened[0], opened.at(-1)]).toEqual([200, 503]);
    expect(await open('globex', 'client', 63_000)).toBe(200);
    await close();
  });

  test('R113 ends by itself when nobody uses it', async () => {
    const session = await RawSession.open(server.port);
    await redis.command('PEXPIRE', keyOf(session), '1');
    expect(await ping(session)).toBe(404);
  });

  test('ends its open stream too, within the time that a lease is renewed', { timeout: 60_000 }, async () => {
    const session = await RawSession.open(server.port);
    const stream = await session.listen(server.port);
    await redis.command('DEL', keyOf(session));
    await until(stream.ended, 40_000);
  });

  test('an older stream says nothing once another has the lease, even if nobody told it', async () => {
    const session = await RawSession.open(server.port);
    const stream = await session.listen(server.port);
    await redis.command('SET', `mcp:sessions:{local}:lease:${session.id}`, 'another', 'PX', '60000');
    await session.ask(server.port, 'tools/call', { name: 'publish_change', arguments: { kind: 'tools_list_changed' } });
    await until(stream.ended);
    expect(stream.messages()).toEqual([]);
  });

  test('ends when a server that has agreed to something else goes on: its client opens another one', async () => {
    const session = await RawSession.open(server.port);
    const stored = (await redis.command('GET', keyOf(session))).split('\r\n').find((line) => line.startsWith('{')) ?? '';
    const other = stored.replace('"version":"2025-11-25"', '"version":"2025-06-18"');
    expect(other).not.toBe(stored);
    await redis.command('SET', keyOf(session), other, 'PX', String(HOUR_MS));
    const answer = await session.fetch(server.port, { body: session.request('tools/list'), headers: { 'mcp-protocol-version': '2025-06-18' } });
    expect([answer.status, ((await answer.json()) as { error: { code: number } }).error.code]).toEqual([404, -32_001]);
  });
});
