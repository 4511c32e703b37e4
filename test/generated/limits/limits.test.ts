import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startWorld } from '../auth/bench.ts';
import type { World } from '../auth/bench.ts';
import { startLatencyProxy } from '../sessions/latency-proxy.ts';
import { RawSession } from '../sessions/raw.ts';
import { killRedis, startRedis } from '../sessions/redis-server.ts';
import { sessionsRepo, watchEffects } from '../sessions/world.ts';
import { openWire, render, send } from '../wire/http.ts';
import type { Answer, Rpc } from '../wire/http.ts';
import { call, eras, legacy, modern } from '../wire/message.ts';
import { build, builtRepo, copyRepo, once, probeRepo, writeIndexes } from '../wire/probe.ts';
import { killServers, sleep, startServer, until } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';

interface Budget {
  readonly limit: number;
  readonly remaining: number;
  readonly reset_seconds: number;
}

const layers = (tenant: number, agent: number, tool: number) => ({ RATE_LIMIT_TENANT_PER_MINUTE: String(tenant), RATE_LIMIT_AGENT_PER_MINUTE: String(agent), RATE_LIMIT_TOOL_PER_MINUTE: String(tool) });

const search = () => call('modern', 'search_notes', { query: randomUUID() });
const errorOf = (answer: Answer) => answer.json().result?.['_meta']?.['mcp-gen/error'] as Record<string, unknown> | undefined;
const budgetOf = (answer: Answer) => answer.json().result?.['_meta']?.['mcp-gen/budget'] as Record<string, Budget> | undefined;
const outcome = (answer: Answer): unknown => (answer.status === 200 ? (errorOf(answer)?.['error_class'] ?? 'ok') : answer.status);

const use = async (on: Server, ms: number) => outcome(await send(on.port, call('modern', 'block_loop', { ms })));

const denied = (log: Record<string, unknown>[]) => log.filter(({ event, decision }) => event === 'mcp.audit' && decision === 'deny');
const neverEnding = (log: Record<string, unknown>[]) => log.filter(({ event, tool, decision }) => event === 'mcp.audit' && tool === 'ignore_deadline' && decision === 'permit');
const told = (log: Record<string, unknown>[]) => log.filter(({ event }) => event === 'limits.in_process');

/** A server that people sign in to, with a slow tool, one that never ends, and a slow resource. */
const slowRepo = () =>
  once('limits-slow', async (at) => {
    copyRepo('auth-oidc', at);
    const probe = fileURLToPath(new URL('../wire/probe/src', import.meta.url));
    for (const file of ['effects.ts', 'tools/slow_call.ts']) cpSync(path.join(probe, file), path.join(at, 'src', file));
    writeFileSync(path.join(at, 'src/tools/ignore_deadline.ts'), readFileSync(path.join(probe, 'tools/ignore_deadline.ts'), 'utf8').replace('timeoutMs: 200', 'timeoutMs: 5_000'));
    cpSync(fileURLToPath(new URL('./probe/src', import.meta.url)), path.join(at, 'src'), { recursive: true });
    writeIndexes(at);
    await build(at);
  });

afterAll(() => Promise.all([killServers(), killRedis()]));

describe('rate limits of people who sign in', () => {
  const worlds: World[] = [];
  const open = async (env: Record<string, string>, repo?: string) => {
    const world = await startWorld(env, repo);
    worlds.push(world);
    const as = (tenant: string, client: string, sent = search()) => world.ask(`Bearer ${world.token({ org_id: tenant, client_id: client })}`, sent);
    return { world, as };
  };
  afterAll(() => Promise.all(worlds.map((world) => world.close())));

  test('R115 R116 R120 R121 R131 the tenant: 429 with what to do, and its neighbour behind the same address is served', async () => {
    const { world, as } = await open(layers(3, 0, 0));
    for (const client of ['a', 'b', 'c']) expect(outcome(await as('acme', client))).toBe('ok');
    const begin = performance.now();
    const refused = await as('acme', 'd');
    // Held back, so that one who sends again at once does not take the time of the others.
    expect(performance.now() - begin).toBeGreaterThan(900);
    expect(refused.status).toBe(429);
    const { correlation_id: id, ...data } = refused.json().error?.data ?? {};
    expect([refused.json().error?.code, data]).toMatchObject([-32_603, { error_class: 'rate_limit' }]);
    expect((await world.server.logUntil((log) => log.some(({ decision_reason: reason }) => reason === 'rate_limit'))).find(({ decision_reason: reason }) => reason === 'rate_limit')).toMatchObject({ correlation_id: id, limited_by: 'tenant', tool: expect.any(String) as string, agent_id: 'd' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(20);
    expect(refused.headers['ratelimit-policy']).toBe('"tenant";q=3;w=60');
    expect(refused.headers['ratelimit']).toMatch(/^"tenant";r=0;t=\d+$/);
    expect(outcome(await as('globex', 'a'))).toBe('ok');
    expect(denied(await world.server.logUntil((log) => denied(log).length > 0))).toMatchObject([{ tenant_id: 'acme', agent_id: 'd', tool: 'search_notes', decision: 'deny', decision_reason: 'rate_limit', status: 'denied' }]);
  });

  test('R116 R117 R118 R131 the agent: a tool error, and other agents of the tenant go on', async () => {
    const { as } = await open(layers(0, 2, 0));
    expect([outcome(await as('acme', 'a')), outcome(await as('acme', 'a'))]).toEqual(['ok', 'ok']);
    const begin = performance.now();
    const refused = await as('acme', 'a');
    expect(performance.now() - begin).toBeGreaterThan(900);
    expect(errorOf(refused)).toMatchObject({ error_class: 'rate_limit', retryable: true, hint: expect.stringContaining('Wait') as string });
    expect(errorOf(refused)?.['retry_after_seconds']).toBeGreaterThan(0);
    expect(outcome(await as('acme', 'b'))).toBe('ok');
    expect(outcome(await as('globex', 'a'))).toBe('ok');
  });

  test('R116 the tool within a tenant: a tool error, other tools and tenants go on', async () => {
    const { as } = await open(layers(0, 0, 1));
    expect(outcome(await as('acme', 'a'))).toBe('ok');
    expect(outcome(await as('acme', 'b'))).toBe('rate_limit');
    expect(outcome(await as('acme', 'a', call('modern', 'create_note', { text: 'x', idempotency_key: randomUUID() })))).toBe('ok');
    expect(outcome(await as('globex', 'a'))).toBe('ok');
  });

  test('R117 R118 ten agents on one key use up the key, none of them its own part', async () => {
    const { as } = await open(layers(20, 10, 0));
    const answers = await Promise.all(Array.from({ length: 30 }, (_, at) => as('acme', `agent-${at % 10}`)));
    expect(answers.map(outcome).toSorted()).toEqual([...Array<number>(10).fill(429), ...Array<string>(20).fill('ok')]);
  });

  test('S013 a hundred calls of a tenant run at once; more are refused with 429, others are served, and later the tenant as well', async () => {
    const { as } = await open({}, await slowRepo());
    const slow = (tenant: string, ms: number, name: string) => as(tenant, 'a', call('modern', 'slow_call', { ms, name }));
    const read = (tenant: string, ms: number) => as(tenant, 'a', modern('resources/read', { uri: `probe://slow/${ms}` }));
    const answers = Array.from({ length: 130 }, (_, at) => (at % 2 === 0 ? slow('acme', 4_000, `c${at}`) : read('acme', 4_000)));
    await Promise.race(answers);
    const other = await slow('globex', 0, 'other');
    expect((await Promise.all(answers)).map(outcome).toSorted()).toEqual([...Array<number>(30).fill(429), ...Array<string>(100).fill('ok')]);
    expect(outcome(other)).toBe('ok');
    expect(outcome(await slow('acme', 0, 'after'))).toBe('ok');
  });

  test('S013 the hundred are counted while Redis is still being asked', async () => {
    const proxy = await startLatencyProxy((await startRedis()).port);
    const repo = await once('limits-slow-redis', async (at) => {
      copyRepo('auth-redis', at);
      const probe = fileURLToPath(new URL('../wire/probe/src', import.meta.url));
      for (const file of ['effects.ts', 'tools/slow_call.ts']) cpSync(path.join(probe, file), path.join(at, 'src', file));
      writeIndexes(at);
      await build(at);
    });
    const { as } = await open({ ...layers(10_000, 0, 0), REDIS_URL: proxy.url }, repo);
    await as('acme', 'a');
    proxy.delay = 30;
    const answers = await Promise.all(Array.from({ length: 130 }, (_, at) => as('acme', 'a', call('modern', 'slow_call', { ms: 4_000, name: `c${at}` }))));
    expect(answers.map(outcome).toSorted()).toEqual([...Array<number>(30).fill(429), ...Array<string>(100).fill('ok')]);
    await proxy.close();
    await killRedis();
  });

  test.each([['more messages than a batch may have', Array.from({ length: 101 }, () => ({ jsonrpc: '2.0', method: 'ping' }))], ['what is no message', Array<number>(100).fill(1)]])('S022 a list of %s leaves no record of each in the log', async (_, list) => {
    const { world, as } = await open({});
    const answer = await as('acme', 'a', { ...legacy('ping'), body: JSON.stringify(list) });
    expect([answer.status, answer.json().error?.data?.['error_class']]).toEqual([400, 'validation']);
    await as('acme', 'last', modern('tools/list'));
    const records = (await world.server.logUntil((log) => log.some(({ agent_id: agent }) => agent === 'last'))).filter(({ event }) => event === 'mcp.audit');
    expect(records).toHaveLength(1);
  });

  test('S090 calls that nobody waits for, and that do not stop, give their places back at their deadline', async () => {
    const { world, as } = await open({}, await slowRepo());
    const authorization = `Bearer ${world.token({ org_id: 'acme', client_id: 'a' })}`;
    const wires: Awaited<ReturnType<typeof openWire>>[] = [];
    const callOnce = async (): Promise<void> => {
      const wire = await openWire(world.server.port);
      wires.push(wire);
      wire.write(render(world.server.port, { ...call('modern', 'ignore_deadline'), more: [['authorization', authorization]] }));
    };
    await Promise.all(Array.from({ length: 100 }, callOnce));
    // Whoever asks has a place, too, which one of the hundred may have come too late for.
    await until(async () => outcome(await as('acme', 'a')) === 429 || callOnce().then(() => false));
    for (const wire of wires) wire.close();
    await until(async () => outcome(await as('acme', 'a')) === 'ok');
    const records = neverEnding(await world.server.logUntil((log) => neverEnding(log).length >= 100));
    expect(new Set(records.map(({ phase, status }) => `${phase} ${status}`))).toEqual(new Set(['outcome timeout']));
  });

  test('R050 an agent of our own is checked and limited like any other', async () => {
    const { world } = await open({ ...layers(0, 4, 0), ALLOW_SERVICE_TOKENS: 'true', OAUTH_ALLOWED_CLIENT_IDS: 'first-party,partner,robot,gateway' });
    const own = { headers: { 'x-internal': 'true', 'x-forwarded-user': 'admin', 'x-mcp-trusted': 'first-party', 'user-agent': 'first-party' }, meta: { trusted: true, 'io.modelcontextprotocol/clientInfo': { name: 'first-party', version: '1.0.0' } } };
    const sent = [
      call('modern', 'search_notes', { query: 7 }, own),
      call('modern', 'search_notes', { query: 'x', trusted: true }, own),
      call('modern', 'no_such_tool', {}, own),
      call('modern', 'create_note', { text: 'x', idempotency_key: 'first-party-1' }, own),
      call('modern', 'search_notes', { query: 'x' }, own),
      call('modern', 'search_notes', { query: 'y' }, own),
    ];
    const callers = [{ client_id: 'first-party' }, { client_id: 'partner' }, { sub: 'robot', client_id: 'robot' }, { client_id: 'gateway', act: { sub: 'first-party' } }];
    for (const [at, caller] of callers.entries()) {
      const answers = [];
      for (const one of sent) answers.push(await world.ask(`Bearer ${world.token({ ...caller, org_id: `tenant-${at}`, scope: 'notes:read' })}`, one));
      expect(answers.map((answer) => (answer.status === 200 ? (answer.json().error?.code ?? outcome(answer)) : answer.status))).toEqual(['validation', 'validation', -32_602, 403, 'ok', 'rate_limit']);
    }
  });

  test('S013 a batch is as many as the calls in it', async () => {
    const effects = watchEffects();
    const { world } = await open({ ...layers(0, 0, 0), ...effects.env, ALLOWED_HOSTS: '' }, await sessionsRepo('auth-redis'));
    const { port } = world.server;
    const session = await RawSession.open(port, { version: '2025-03-26', headers: { authorization: `Bearer ${world.token()}` } });
    const batch = (length: number, word: string, steps: number) => session.fetch(port, { body: Array.from({ length }, () => session.call('take_steps', { word, steps, ms: 1_000 })) });
    const running = batch(60, 'first', 20);
    await until(() => effects.times('started first') === 60);
    expect([(await batch(41, 'second', 0)).status, effects.times('started second')]).toEqual([429, 0]);
    const turnedAway = denied(await world.server.logUntil((log) => denied(log).length >= 41));
    expect([turnedAway.length, new Set(turnedAway.map(({ decision_reason: reason, tool, tenant_id: tenant }) => `${reason} ${tool} ${tenant}`))]).toEqual([41, new Set(['concurrency take_steps acme'])]);
    expect([(await batch(40, 'third', 0)).status, effects.times('finished third')]).toEqual([200, 40]);
    await session.delete(port);
    await (await running).text();
  });

  test('R121 of the tools of a batch the one that holds it up is told of', async () => {
    const { world } = await open({ ...layers(0, 0, 1), ALLOWED_HOSTS: '' }, await sessionsRepo('auth-redis'));
    const { port } = world.server;
    const session = await RawSession.open(port, { version: '2025-03-26', headers: { authorization: `Bearer ${world.token()}` } });
    const [used, other] = [() => session.call('who_answers', { word: 'x' }), () => session.call('take_steps', { word: 'x', steps: 0, ms: 0 })];
    await session.fetch(port, { body: used() });
    for (const body of [[used(), other()], [other(), used()]]) {
      const answers = (await (await session.fetch(port, { body })).json()) as Rpc[];
      const refusals = answers.map(({ result }) => result?.['_meta']?.['mcp-gen/error'] as { error_class: string; retry_after_seconds: number });
      expect(refusals.map(({ error_class: errorClass, retry_after_seconds: wait }) => [errorClass, wait > 0])).toEqual([['rate_limit', true], ['rate_limit', true]]);
    }
  });

  test('S067 what clients answer is kept in the store, and has a limit of its own: calls go on', async () => {
    const { world } = await open({ ...layers(5, 0, 0), ALLOWED_HOSTS: '' }, await sessionsRepo('auth-redis'));
    const { port } = world.server;
    const session = await RawSession.open(port, { headers: { authorization: `Bearer ${world.token()}` } });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, id) => session.fetch(port, { body: { jsonrpc: '2.0', id: `none:${id}`, result: { action: 'decline' } } })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 202, 202, 202, 429, 429, 429]);
    expect((await world.server.logUntil((log) => log.filter(({ limited_by: whose }) => whose === 'tenant').length >= 3)).filter(({ limited_by: whose }) => whose === 'tenant').map(({ method }) => method)).toEqual(['none', 'none', 'none']);
    expect((await session.notify(port, 'notifications/progress', { progressToken: 'none:1', progress: 1 })).status).toBe(429);
    expect((await session.fetch(port, { body: session.call('who_answers', { word: 'x' }) })).status).toBe(200);
  });

  test('R128 TENANT_ID lets no other tenant in', async () => {
    const { as, world } = await open({ TENANT_ID: 'acme' });
    expect((await as('acme', 'a')).status).toBe(200);
    const refused = await as('globex', 'a');
    expect(refused.status).toBe(403);
    const log = await world.server.logUntil((lines) => lines.some(({ decision_reason: reason }) => reason === 'foreign_tenant'));
    const record = log.find(({ decision_reason: reason }) => reason === 'foreign_tenant');
    expect(record).toMatchObject({ event: 'mcp.audit', decision: 'deny', status: 'denied', tenant_id: 'globex' });
    expect(refused.json().error?.data).toMatchObject({ error_class: 'authorization', correlation_id: record?.['correlation_id'] });
  });
});

describe('rate limits on the wire', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer(await probeRepo(), layers(50, 40, 5));
  });

  test.each(Object.keys(eras) as (keyof typeof eras)[])('R121 what is left goes down to nothing, then a refusal: %s', async (era) => {
    const tool = era === 'modern' ? 'count_effects' : 'show_context';
    const seen: Budget[] = [];
    for (let at = 0; at < 5; at++) {
      const budget = budgetOf(await send(server.port, call(era, tool, { name: `${era}${at}` })));
      expect(Object.keys(budget ?? {})).toEqual(['tenant', 'agent', 'tool']);
      if (budget?.['tool']) seen.push(budget['tool']);
    }
    expect(seen.map(({ limit, remaining }) => [limit, remaining])).toEqual([[5, 4], [5, 3], [5, 2], [5, 1], [5, 0]]);
    expect(seen.every(({ reset_seconds: seconds }) => Number.isInteger(seconds) && seconds > 0 && seconds <= 60)).toBe(true);
    const refused = await send(server.port, call(era, tool, { name: `${era}5` }));
    expect([refused.status, outcome(refused), budgetOf(refused)?.['tool']?.remaining]).toEqual([200, 'rate_limit', 0]);
  });

  test('R116 of several that have nothing left the widest answers, and each is off by itself', async () => {
    const one = await startServer(await probeRepo(), layers(1, 1, 1));
    expect([await use(one, 0), await use(one, 1)]).toEqual(['ok', 429]);
    // The tool's own three a minute are off with those of the others.
    const none = await startServer(await probeRepo(), layers(0, 0, 0));
    for (let at = 0; at < 5; at++) expect(await use(none, at)).toBe('ok');
  });

  test('R123 what a client says about limits changes nothing', async () => {
    const headers = { ratelimit: '"tenant";r=999;t=0', 'x-ratelimit-remaining': '999', 'retry-after': '0', 'x-forwarded-for': '203.0.113.9' };
    const meta = { 'mcp-gen/budget': { tool: { limit: 999, remaining: 999 } } };
    const answers = [];
    for (let at = 0; at < 6; at++) answers.push(outcome(await send(server.port, call('modern', 'slow_call', { ms: 0, name: `s${at}` }, { headers, meta }))));
    expect(answers).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'rate_limit']);
  });

  test('R115 resources and prompts are counted like tools', async () => {
    const one = await startServer(await probeRepo(), layers(2, 0, 0));
    const read = () => send(one.port, modern('resources/read', { uri: 'probe://fixed' }));
    expect((await read()).status).toBe(200);
    expect((await send(one.port, modern('prompts/get', { name: 'summarize_notes', arguments: { topic: 'x' } }))).status).toBe(200);
    expect((await read()).status).toBe(429);
  });

  test('R115 a batch costs as much as the calls in it', async () => {
    const one = await startServer(await probeRepo(), layers(3, 0, 0));
    const calls = [1, 2, 3, 4].map((id) => call('legacy', 'count_effects', { name: `${id}` }, { id }));
    expect((await send(one.port, { ...calls[0], body: `[${calls.map(({ body }) => body).join(',')}]` })).status).toBe(429);
    expect(outcome(await send(one.port, call('modern', 'count_effects', { name: 'x' })))).toBe('ok');
  });

  test('lists and handshakes are not counted, nor are tools that do not exist by name', async () => {
    const one = await startServer(await probeRepo(), layers(2, 0, 0));
    for (let at = 0; at < 5; at++) expect((await send(one.port, modern('tools/list'))).status).toBe(200);
    expect(outcome(await send(one.port, call('modern', 'count_effects', { name: 'x' })))).toBe('ok');
    await send(one.port, call('modern', 'no_such_tool'));
    expect((await send(one.port, call('modern', 'count_effects', { name: 'x' }))).status).toBe(429);
  });

  test('R124 a name that is made up gets neither a bucket in the store nor a place in the audit', async () => {
    const redis = await startRedis();
    const env = { REDIS_URL: redis.url, MCP_SECRET: Buffer.alloc(32, 7).toString('base64'), ...layers(4, 0, 60) };
    const one = await startServer(await builtRepo('http-redis'), env);
    expect(outcome(await send(one.port, search()))).toBe('ok');
    const size = await redis.command('DBSIZE');
    for (let at = 0; at < 3; at++) await send(one.port, call('modern', `canary_${at}`));
    expect(await redis.command('DBSIZE')).toBe(size);
    expect((await send(one.port, call('modern', 'canary_3'))).status).toBe(429);
    expect(denied(await one.logUntil((log) => denied(log).length > 0))).toMatchObject([{ method: 'tools/call', tool: null, decision_reason: 'rate_limit' }]);
    expect(one.stdout()).not.toContain('canary');
  });
});

/** What the command of docs/operate.md says of a log. */
function useOf(log: Record<string, unknown>[]): unknown {
  const command = /^(jq -Rn [\s\S]*?) server\.log$/m.exec(readFileSync(path.join(inject('workspace'), 'auth-oidc/docs/operate.md'), 'utf8'))?.[1] ?? '';
  const input = `not a line of JSON\n${log.map((line) => JSON.stringify(line)).join('\n')}`;
  return JSON.parse(`[${execFileSync('sh', ['-c', `${command} -c`], { input, encoding: 'utf8' }).trim().split('\n').join(',')}]`);
}

describe('R077 the budget of a tenant', () => {
  test('R126 of 100: call 101 is refused, the audit says why and what each tenant has used, and another one is served', async () => {
    const world = await startWorld({ ...layers(0, 0, 0), BUDGET_TENANT_PER_DAY: '100' });
    const as = (tenant: string, client: string) => world.ask(`Bearer ${world.token({ org_id: tenant, client_id: client })}`, search());
    const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => as('acme', `agent-${at % 5}`)));
    expect(new Set(answers.map(outcome))).toEqual(new Set(['ok']));
    const refused = await as('acme', 'another');
    expect(errorOf(refused)).toMatchObject({ error_class: 'rate_limit', retryable: true, hint: expect.stringContaining('BUDGET_TENANT_PER_DAY') as string });
    expect(budgetOf(refused)).toMatchObject({ budget: { limit: 100, remaining: 0 } });
    const other = await as('globex', 'another');
    expect([outcome(other), budgetOf(other)?.['budget']?.remaining]).toEqual(['ok', 99]);
    const log = await world.server.logUntil((lines) => denied(lines).length > 0 && lines.at(-1)?.['tenant_id'] === 'globex');
    expect(denied(log)).toMatchObject([{ decision_reason: 'budget', status: 'denied', tenant_id: 'acme', tool: 'search_notes', budget_limit: 100, budget_remaining: 0 }]);
    expect(useOf(log)).toEqual([{ tenant: 'acme', calls: 101, refused: 1, budget: 100, left: 0 }, { tenant: 'globex', calls: 1, refused: 0, budget: 100, left: 99 }]);
    await world.close();
  });

  test('R122 goes down by what each tool costs, as its description and every result say', async () => {
    const server = await startServer(await probeRepo(), { ...layers(0, 0, 0), BUDGET_TENANT_PER_DAY: '100' });
    const left = async (tool: string, args: Record<string, unknown> = {}) => {
      const answer = await send(server.port, call('modern', tool, args));
      return [outcome(answer), budgetOf(answer)?.['budget']?.remaining];
    };
    expect([await left('log_noise'), await left('leak_output'), await left('log_noise'), await left('count_effects', { name: 'a' })]).toEqual([['ok', 60], ['ok', undefined], ['ok', 20], ['ok', 19]]);
    // Too much for what is left; what costs less still goes on.
    expect([await left('log_noise'), await left('count_effects', { name: 'b' })]).toEqual([['rate_limit', 19], ['ok', 18]]);
    const { tools } = (await send(server.port, modern('tools/list'))).json().result as { tools: { name: string; description: string }[] };
    expect(tools.filter(({ description }) => description.includes('Costs ')).map(({ name }) => name)).toEqual(['log_noise']);
  });

  test('is off unless it is set', async () => {
    const server = await startServer(await probeRepo());
    expect(budgetOf(await send(server.port, call('modern', 'log_noise')))).toBeUndefined();
  });
});

describe('R066 R073 the loop guard', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer(await probeRepo(), layers(0, 1_000, 0));
  });
  const fail = (kind: string) => send(server.port, call('modern', 'fail_as', { kind }));
  const same = (name: string) => send(server.port, call('modern', 'count_effects', { name }));

  test('R066 refuses the sixth call that fails the same way, and says to change approach', async () => {
    const answers = [];
    for (let at = 0; at < 10; at++) answers.push(await fail('transient'));
    expect(answers.map(outcome)).toEqual([...Array<string>(5).fill('transient'), ...Array<string>(5).fill('rate_limit')]);
    expect(errorOf(answers[9] as Answer)).toMatchObject({ retryable: false, hint: expect.stringContaining('another approach') as string });
    expect(outcome(await fail('conflict'))).toBe('conflict');
  });

  test('R066 takes no question for a failure, however often it is asked', async () => {
    const meta = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } };
    for (let at = 0; at < 8; at++) {
      const asked = await send(server.port, call('modern', 'ask_twice', { name: 'loop', idempotency_key: 'asked-again-and-again' }, { meta }));
      expect(asked.json().result).toMatchObject({ resultType: 'input_required' });
    }
  });

  test('R073 refuses the thirty-first of the same call, and no other', async () => {
    const answers = [];
    for (let at = 0; at < 40; at++) answers.push(outcome(await same('x')));
    expect(answers).toEqual([...Array<string>(30).fill('ok'), ...Array<string>(10).fill('rate_limit')]);
    expect(outcome(await same('y'))).toBe('ok');
  });
});

describe('R066 the loop guard by itself', () => {
  interface Caller {
    readonly tenant: string;
    readonly user?: { readonly issuer: string; readonly subject: string };
    readonly agent: { readonly clientId: string };
  }
  let createLoopGuard: (now: () => number) => { enter(caller: Caller, about: string, record: { deny(): void }): { failed(): void } };
  beforeAll(async () => {
    ({ createLoopGuard } = (await import(path.join(inject('workspace'), 'auth-oidc/src/platform/call/loop_guard.ts'))) as { createLoopGuard: typeof createLoopGuard });
  });
  const caller: Caller = { tenant: 'acme', user: { issuer: 'i', subject: 'alice' }, agent: { clientId: 'a' } };
  const unheard = { deny: () => undefined };

  test('stops nobody but the one who repeats: another user, agent or tenant goes on', () => {
    const guard = createLoopGuard(() => 0);
    for (let at = 0; at < 5; at++) guard.enter(caller, 'x', unheard).failed();
    expect(() => guard.enter(caller, 'x', unheard)).toThrow('has failed 5 times');
    const others: Caller[] = [{ ...caller, tenant: 'globex' }, { ...caller, user: { issuer: 'i', subject: 'bob' } }, { ...caller, user: { issuer: 'j', subject: 'alice' } }, { ...caller, agent: { clientId: 'b' } }, { tenant: 'acme', agent: { clientId: 'a' } }];
    for (const other of others) expect(() => guard.enter(other, 'x', unheard)).not.toThrow();
  });

  test.each([['failures', true, 5], ['calls', false, 30]] as const)('says how long it lasts, and forgets after a minute: %s', (_, fails, most) => {
    let now = 0;
    const guard = createLoopGuard(() => now);
    for (let at = 0; at < most; at++) {
      const one = guard.enter(caller, 'x', unheard);
      if (fails) one.failed();
    }
    now = 59_000;
    expect(() => guard.enter(caller, 'x', unheard)).toThrow(expect.objectContaining({ errorClass: 'rate_limit', options: expect.objectContaining({ retryAfterSeconds: 1, retryable: false }) as unknown }) as Error);
    now = 60_000;
    expect(() => guard.enter(caller, 'x', unheard)).not.toThrow();
  });
});

describe('TOOL_PROFILE', () => {
  test.each([['all', ['create_note', 'delete_note', 'search_notes']], ['write', ['create_note', 'search_notes']], ['read', ['search_notes']]])('R129 %s offers %j, and knows no other', async (profile, offered) => {
    const server = await startServer(await builtRepo('http-notes'), { TOOL_PROFILE: profile });
    const listed = (await send(server.port, modern('tools/list'))).json().result?.['tools'] as { name: string }[];
    expect(listed.map(({ name }) => name).toSorted()).toEqual(offered);
    for (const name of ['create_note', 'delete_note'].filter((one) => !offered.includes(one))) expect((await send(server.port, call('modern', name))).json().error?.code).toBe(-32_602);
  });
});

describe('limits in Redis', () => {
  test('three servers count together; while Redis is away each counts for itself, says so once, and comes back', async () => {
    const proxy = await startLatencyProxy((await startRedis()).port);
    const env = { REDIS_URL: proxy.url, MCP_SECRET: Buffer.alloc(32, 7).toString('base64'), ...layers(6, 0, 0) };
    const repo = await builtRepo('http-redis');
    const servers = await Promise.all([1, 2, 3].map(() => startServer(repo, env)));
    const round = async () => (await Promise.all(servers.flatMap(({ port }) => [1, 2, 3].map(() => send(port, search()))))).map(outcome).toSorted();
    expect(await round()).toEqual([429, 429, 429, ...Array<string>(6).fill('ok')]);
    proxy.blackHole = true;
    expect(await round()).toEqual(Array<string>(9).fill('ok'));
    for (const server of servers) expect(told(await server.logUntil((log) => told(log).length > 0))).toHaveLength(1);
    proxy.blackHole = false;
    proxy.cut();
    await sleep(3_000);
    // Nobody has gained a token but the one or two that came back meanwhile.
    expect((await round()).filter((one) => one === 429).length).toBeGreaterThanOrEqual(7);
    await proxy.close();
  });
});
