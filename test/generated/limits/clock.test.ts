import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { killRedis, startRedis } from '../sessions/redis-server.ts';
import { startApi } from '../upstream/api.ts';
import { upstreamRepo } from '../upstream/repo.ts';
import { send } from '../wire/http.ts';
import type { Rpc } from '../wire/http.ts';
import { call } from '../wire/message.ts';
import { builtRepo, probeRepo } from '../wire/probe.ts';
import { killServers, startServer, until } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';

const HOUR_MS = 3_600_000;

afterAll(async () => {
  await killServers();
  await killRedis();
});

/** Of a server on a machine whose clock somebody sets. */
const settable = (byMs: number) => ({ NODE_OPTIONS: `--import=${fileURLToPath(new URL('../clock.mjs', import.meta.url))}`, CLOCK_IS_SET: 'yes', CLOCK_JUMP_MS: String(byMs) });

/** Sets the clock, and waits until the server's log is of another time. */
async function set(server: Server, byMs: number, leave: () => Promise<unknown>): Promise<void> {
  server.signal('SIGUSR2');
  await until(async () => {
    await leave();
    return Math.abs(Date.parse(String(server.log().at(-1)?.['ts'])) - Date.now() - byMs) < HOUR_MS / 2;
  });
}

const errorOf = (result: Rpc['result']) => result?.['_meta']?.['mcp-gen/error'] as { error_class: string; retry_after_seconds?: number } | undefined;
const use = async (server: Server, tool: string, args: Record<string, unknown> = {}) => (await send(server.port, call('modern', tool, args))).json().result;

describe.each([['ahead', HOUR_MS], ['back', -HOUR_MS]] as const)('S107 a clock that is set an hour %s', (_, byMs) => {
  test('gives nobody a new minute, and takes none away', async () => {
    const server = await startServer(await probeRepo(), { ...settable(byMs), RATE_LIMIT_TOOL_PER_MINUTE: '2' });
    const [first, second] = [await use(server, 'echo_nonce', { nonce: 'a' }), await use(server, 'echo_nonce', { nonce: 'a' })];
    expect([errorOf(first), errorOf(second)]).toEqual([undefined, undefined]);
    let times = 0;
    await set(server, byMs, () => use(server, 'fail_as', { kind: ['conflict', 'transient'][times++ % 2] }));
    const refused = errorOf(await use(server, 'echo_nonce', { nonce: 'a' }));
    expect(refused).toMatchObject({ error_class: 'rate_limit' });
    expect(refused?.retry_after_seconds).toBeGreaterThan(0);
    expect(refused?.retry_after_seconds).toBeLessThanOrEqual(60);
  });

  test('ends no call early or late, and the audit tells how long each took', async () => {
    const server = await startServer(await probeRepo(), settable(byMs));
    const slow = use(server, 'slow_call', { ms: 6_000, name: 'across' });
    const late = use(server, 'spend_slowly', { name: 'late', idempotency_key: 'clock-is-set-1' });
    await until(async () => (await use(server, 'count_effects', { name: 'across.started' }))?.structuredContent?.['times'] === 1);
    let nonce = 0;
    await set(server, byMs, () => use(server, 'echo_nonce', { nonce: `${nonce++}` }));
    expect((await use(server, 'count_effects', { name: 'across.finished' }))?.structuredContent).toEqual({ times: 0 });
    expect((await slow)?.structuredContent).toEqual({ name: 'across' });
    expect(errorOf(await late)).toMatchObject({ error_class: 'transient' });
    const log = await server.logUntil((lines) => lines.some(({ tool }) => tool === 'slow_call'));
    const took = (tool: string) => Number(log.find(({ event, tool: of }) => event === 'mcp.audit' && of === tool)?.['duration_ms']);
    expect([took('slow_call'), took('spend_slowly')].map((ms) => ms > 250 && ms < 60_000)).toEqual([true, true]);
  });

  test('forgets no operation: its key is replayed', async () => {
    const server = await startServer(await probeRepo(), settable(byMs));
    const spend = () => use(server, 'spend_money', { name: 'once', idempotency_key: 'clock-is-set-2' });
    expect((await spend())?.structuredContent).toMatchObject({ times: 1 });
    let nonce = 0;
    await set(server, byMs, () => use(server, 'echo_nonce', { nonce: `${nonce++}` }));
    expect(await spend()).toMatchObject({ structuredContent: { times: 1 }, _meta: { 'mcp-gen/result': { replayed: true } } });
  });

  test('leaves an API alone for no longer than it says', async () => {
    const api = await startApi();
    const server = await startServer(await upstreamRepo(), { ...settable(byMs), MOODY_URL: api.url, CALM_URL: api.url });
    let times = 0;
    const ask = (name: string, path: string) => use(server, 'ask_upstream', { name, path: `${path}?${times++}` });
    api.healthy = false;
    await until(async () => errorOf(await ask('moody', '/moody'))?.error_class === 'transient' && server.log().some(({ event }) => event === 'upstream.failing'));
    await set(server, byMs, () => ask('calm', '/x'));
    const seconds = errorOf(await ask('moody', '/moody'))?.retry_after_seconds ?? 0;
    expect(seconds).toBeLessThanOrEqual(5);
    api.healthy = true;
    await until(async () => (await ask('moody', '/moody'))?.structuredContent?.['status'] === 200, 30_000);
    await api.close();
  });

  test('two servers that disagree by it count together in Redis, by its time', async () => {
    const { url } = await startRedis();
    const env = { REDIS_URL: url, MCP_SECRET: Buffer.alloc(32, 7).toString('base64'), RATE_LIMIT_TENANT_PER_MINUTE: '0', RATE_LIMIT_TOOL_PER_MINUTE: '6' };
    const repo = await builtRepo('http-redis');
    const [right, wrong] = [await startServer(repo, env), await startServer(repo, { ...env, ...settable(byMs) })];
    let times = 0;
    await set(wrong, byMs, () => use(wrong, 'create_note', { text: 'x', idempotency_key: `clock-${times++}` }));
    const outcomes = [];
    for (let at = 0; at < 9; at++) {
      const error = errorOf(await use(at % 2 === 0 ? right : wrong, 'search_notes', { query: `q${at}` }));
      outcomes.push(error?.error_class ?? 'ok');
      expect(error?.retry_after_seconds ?? 0).toBeLessThanOrEqual(10);
    }
    // In the time that this takes a token may come back, one every ten seconds.
    expect(outcomes.slice(0, 6)).toEqual(Array<string>(6).fill('ok'));
    expect(outcomes.slice(6)).toContain('rate_limit');
  });
});
