import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../wire/http.ts';
import { call, modern } from '../wire/message.ts';
import { killServers, startServer, until } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';
import { SECRET, startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { startLatencyProxy } from './latency-proxy.ts';
import { RawSession } from './raw.ts';
import { killRedis, startRedis } from './redis-server.ts';
import type { RedisServer } from './redis-server.ts';
import { connect, kinds, sessionsRepo, watchEffects } from './world.ts';
import type { Kind, SessionClient } from './world.ts';

const effects = watchEffects();
const read = (port: number) => send(port, call('modern', 'who_answers', { word: 'x' }));
const write = (port: number, name: string) => send(port, call('modern', 'spend_money', { name, idempotency_key: name }));
const ready = async (server: Server) => (await (await fetch(new URL('/readyz', server.url))).json()) as { status: string; checks: Record<string, boolean> };
const output = (result: { readonly structuredContent?: unknown }) => result.structuredContent as Record<string, unknown>;
afterAll(async () => {
  await killServers();
  await killRedis();
});

describe('three instances under load', () => {
  let redis: RedisServer;
  let cluster: Cluster;
  let clients: SessionClient[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    cluster = await startCluster(await sessionsRepo('http-redis'), redis, 3, { ...effects.env, NODE_ENV: 'production', SHUTDOWN_GRACE_MS: '30000', ALLOW_UNAUTHENTICATED: 'true' });
    clients = [];
    for (let at = 0; at < 6; at++) clients.push(await connect(kinds[at % 3] as Kind, cluster.url));
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await cluster.close();
  });

  /** Calls without a pause until it is told to stop. */
  function load(name: string) {
    const over = new AbortController();
    const failures: string[] = [];
    let done = 0;
    const workers = clients.map(async (client, who) => {
      for (let at = 0; !over.signal.aborted; at++) {
        const word = `${name}-${who}-${at}`;
        try {
          const result = at % 2 === 0 ? await client.call('spend_money', { name: word, ms: 5, idempotency_key: word }) : await client.call('who_answers', { word });
          if (result.isError) failures.push(JSON.stringify(result.content));
          done++;
        } catch (error) {
          failures.push(String(error));
        }
      }
    });
    return {
      done: () => done,
      async stop() {
        over.abort();
        await Promise.all(workers);
        return failures;
      },
    };
  }

  test('R110 a rolling restart fails no call: every instance leaves, and another comes in its place', async () => {
    const running = load('rolling');
    for (let at = 0; at < cluster.instances.length; at++) {
      const before = running.done();
      cluster.instances[at]?.signal('SIGTERM');
      await cluster.replace(at);
      await until(() => running.done() > before + 20);
    }
    expect(await running.stop()).toEqual([]);
    const spent = effects.all().filter((what) => what.startsWith('spent rolling'));
    expect(new Set(spent).size).toBe(spent.length);
  });

  test('S109 an instance that is killed takes nothing with it but the calls it was running', async () => {
    const who = clients[0];
    if (!who) throw new Error('no client');
    const { handle } = output(await who.call('remember_word', { word: 'kept' }));
    const running = load('killed');
    await until(() => running.done() > 30);
    await cluster.instances[1]?.kill();
    const before = running.done();
    await until(() => running.done() > before + 100);
    const failures = await running.stop();
    // At most one call of each client was on that instance.
    expect(failures.length).toBeLessThanOrEqual(clients.length);
    await cluster.replace(1);
    for (const client of clients) expect(output(await client.call('who_answers', { word: 'after' }))['word']).toBe('after');
    expect(output(await who.call('recall_word', { handle }))).toEqual({ word: 'kept' });
    const spent = effects.all().filter((what) => what.startsWith('spent killed'));
    expect(new Set(spent).size).toBe(spent.length);
  });

  test('R135 a write that was cut off by a kill is not done again with its key', async () => {
    const name = `cut-${randomUUID()}`;
    const victim = cluster.instances[0];
    if (!victim) throw new Error('no instance');
    const args = { name, ms: 300, idempotency_key: name };
    const cut = send(victim.port, { ...call('modern', 'spend_money', args), headers: { ...call('modern', 'spend_money', args).headers, host: `localhost:${cluster.url.port}` } }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await victim.kill();
    await cut;
    const other = cluster.instances[1];
    const retry = (await send(other?.port ?? 0, { ...call('modern', 'spend_money', args), headers: { ...call('modern', 'spend_money', args).headers, host: `localhost:${cluster.url.port}` } })).json();
    expect(retry.result?.['_meta']?.['mcp-gen/error']).toMatchObject({ error_class: 'conflict', retryable: true });
    expect(effects.times(`spent ${name}`)).toBe(0);
    await cluster.replace(0);
  });
});

describe('a server whose Redis fails', () => {
  test.each<[string, (redis: RedisServer) => Promise<{ url: string; fail: () => Promise<void>; mend: () => Promise<void> }>]>([
    ['is stopped', async (redis) => ({ url: redis.url, fail: () => redis.kill(), mend: () => redis.restart() })],
    ['is slow', async (redis) => {
      const proxy = await startLatencyProxy(redis.port);
      return { url: proxy.url, fail: async () => void (proxy.delay = 1_000), mend: async () => void (proxy.delay = 0) };
    }],
    ['has become a replica', async (redis) => {
      const primary = await startRedis();
      return { url: redis.url, fail: async () => void (await redis.command('REPLICAOF', '127.0.0.1', String(primary.port))), mend: async () => void (await redis.command('REPLICAOF', 'NO', 'ONE')) };
    }],
  ])('R111 S103 S104 and %s: reads go on, writes are refused, sessions are 503, and all comes back by itself', async (_, outage) => {
    const { url, fail, mend } = await outage(await startRedis());
    const server = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: url, MCP_SECRET: SECRET, ...effects.env });
    const session = await RawSession.open(server.port);
    await fail();
    const name = `lost-${randomUUID()}`;
    await until(async () => ((await write(server.port, `${name}-0`)).json().result?.['_meta']?.['mcp-gen/error'] as { error_class?: string } | undefined)?.error_class === 'transient');
    expect((await read(server.port)).json().result?.structuredContent).toMatchObject({ word: 'x' });
    expect((await send(server.port, modern('tools/list'))).status).toBe(200);
    const refused = (await write(server.port, name)).json().result;
    expect(refused?.['_meta']?.['mcp-gen/error']).toMatchObject({ error_class: 'transient', retryable: true, retry_after_seconds: 2, message: 'The state store of this server does not answer.' });
    expect(effects.times(`spent ${name}`)).toBe(0);
    const answer = await session.fetch(server.port, { body: session.request('ping') });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await answer.json()).toMatchObject({ error: { code: -32_603, data: { error_class: 'transient' } } });
    expect(await ready(server)).toMatchObject({ status: 'not ready', checks: { accepting: true, services: true, state: false } });
    expect((await fetch(new URL('/healthz', server.url))).status).toBe(200);
    await mend();
    await until(async () => (await ready(server)).status === 'ready');
    await until(async () => !(await write(server.port, `${name}-again`)).json().result?.isError);
    // The key that was refused is free again: nothing had happened.
    await until(async () => !(await write(server.port, name)).json().result?.isError);
    expect(effects.times(`spent ${name}`)).toBe(1);
    expect([200, 404]).toContain((await session.fetch(server.port, { body: session.request('ping') })).status);
    expect((await RawSession.open(server.port)).id).toMatch(/^[0-9a-f]{32}$/);
    await server.kill();
  });

  test('S102 starts without it, says so, and is ready once it is there', async () => {
    const redis = await startRedis();
    await redis.kill();
    const server = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: redis.url, MCP_SECRET: SECRET, ...effects.env });
    expect((await ready(server)).status).toBe('not ready');
    expect((await read(server.port)).status).toBe(200);
    await redis.restart();
    await until(async () => (await ready(server)).status === 'ready');
    expect(server.log().some(({ event }) => event === 'state.lost')).toBe(true);
    await server.kill();
  });

  test('R041 is not started in production without REDIS_URL, and is loud about it elsewhere', async () => {
    const repo = await sessionsRepo('http-redis');
    await expect(startServer(repo, { NODE_ENV: 'production', MCP_SECRET: SECRET, ...effects.env })).rejects.toThrow('REDIS_URL=rediss://');
    await expect(startServer(repo, { REDIS_URL: 'http://canary', ...effects.env })).rejects.toThrow('must be a redis:// or rediss:// URL');
    const server = await startServer(repo, effects.env);
    expect(server.log().find(({ event }) => event === 'state.in_process')?.['warning']).toContain('REDIS_URL IS NOT SET');
    expect((await RawSession.open(server.port)).id).toMatch(/^[0-9a-f]{32}$/);
    await server.kill();
  });

  test('S067 that is full: no room for another session, and it says so', async () => {
    const redis = await startRedis('--maxmemory-policy', 'noeviction');
    const server = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: redis.url, MCP_SECRET: SECRET, ...effects.env });
    const old = await RawSession.open(server.port);
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    const answer = await old.fetch(server.port, { body: { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1.0.0' } } }, headers: { 'mcp-session-id': undefined, 'mcp-protocol-version': undefined } });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60']);
    expect(((await answer.json()) as { error: { message: string } }).error.message).toBe('There is no room for another session.');
    // Nobody had to ask for it, and it is said once a minute, however many are refused.
    await server.logUntil((log) => log.some(({ event }) => event === 'state.full'));
    // Whoever only reads is served, by all instances: they must not all leave the load balancer at once.
    expect(await ready(server)).toMatchObject({ status: 'ready', details: { redis_memory: 'full' } });
    expect(server.log().filter(({ event }) => event === 'state.full')).toHaveLength(1);
    await server.kill();
  });

  test('S106 does not trust what it finds in Redis', async () => {
    const redis = await startRedis();
    const server = await startServer(await sessionsRepo('http-redis'), { REDIS_URL: redis.url, MCP_SECRET: SECRET, ...effects.env });
    const session = await RawSession.open(server.port);
    const key = `mcp:sessions:{local}:session:${session.id}`;
    expect(await redis.command('EXISTS', key)).toContain(':1');
    const stored = (await redis.command('GET', key)).split('\r\n').find((line) => line.startsWith('{')) ?? '';
    for (const junk of [JSON.stringify({ ...(JSON.parse(stored) as object), initialize: null }), 'junk', '{}', '{"initialize":{"jsonrpc":"2.0","id":1,"method":"initialize"},"version":5}', '[]', 'null']) {
      await redis.command('SET', key, junk);
      expect((await session.fetch(server.port, { body: session.request('ping') })).status).toBe(404);
    }
    await write(server.port, 'tampered-key');
    const keys = await redis.command('KEYS', 'mcp:sessions:{local}:*');
    const operation = keys.split('\r\n').find((line) => /\{local\}:[0-9a-f]{64}$/.test(line));
    await redis.command('SET', operation ?? '', '{"phase":"done","arguments":5}');
    expect((await write(server.port, 'tampered-key')).json().result?.['_meta']?.['mcp-gen/error']).toMatchObject({ error_class: 'conflict' });
    expect(effects.times('spent tampered-key')).toBe(1);
    await server.kill();
  });
});
