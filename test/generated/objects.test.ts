import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { jws, pair, startIssuer } from './auth/issuer.ts';
import type { Issuer } from './auth/issuer.ts';
import { scratch } from './scratch.ts';
import { addTools, describeContract, MCP_SECRET } from './serverless/contract.ts';
import type { Arrive } from './serverless/contract.ts';
import { bundleForWorkerd, need, startWorkerd } from './serverless/workerd.ts';
import type { RunningWorkerd, Workerd } from './serverless/workerd.ts';
import { installWorkerd, startObjects } from './sessions/objects.ts';
import { RawSession } from './sessions/raw.ts';
import { connect, kinds, person, watchEffects } from './sessions/world.ts';
import { send } from './wire/http.ts';
import type { Answer } from './wire/http.ts';
import { call, modern } from './wire/message.ts';
import { copyRepo, writeIndexes } from './wire/probe.ts';
import { until } from './wire/server.ts';

let workerd: Workerd;
const scripts = { none: '', oidc: '' };
const running: RunningWorkerd[] = [];
const effects = watchEffects();
beforeAll(async () => {
  workerd = await installWorkerd();
  for (const auth of ['none', 'oidc'] as const) {
    const repo = path.join(inject('workspace'), `tenants-${auth}`);
    copyRepo(`objects-${auth}`, repo);
    addTools(repo);
    writeIndexes(repo);
    const { script, imports } = await bundleForWorkerd(repo);
    expect(imports).toEqual(['src/entry/worker.ts: cloudflare:workers']);
    scripts[auth] = script;
  }
});
afterAll(() => Promise.all(running.map((server) => server.stop())));

const unlimited = { RATE_LIMIT_TENANT_PER_MINUTE: '0', RATE_LIMIT_AGENT_PER_MINUTE: '0', RATE_LIMIT_TOOL_PER_MINUTE: '0' };

/** Cloudflare overwrites the one and appends to the other. */
const arrive: Arrive = (address, chain) => [['cf-connecting-ip', address], ['x-forwarded-for', chain === undefined ? address : `${chain}, ${address}`]];

async function start(executable: string, auth: keyof typeof scripts, env: Readonly<Record<string, string>>, isolates = 1, disk = scratch('tenants')): Promise<RunningWorkerd> {
  const server = await startWorkerd(executable, scripts[auth], { MCP_SECRET, ...env }, { disk, isolates });
  running.push(server);
  return server;
}

const seconds = (): number => Math.floor(Date.now() / 1_000);

describe('Workers with a Durable Object per tenant', () => {
  describeContract('R162', (auth, env, context) => start(need(workerd, context), auth, { ...unlimited, ...env }), true, arrive, true);
});

describe('what an object keeps', () => {
  let server: RunningWorkerd;
  let ports: readonly [number, number, number];
  const disk = scratch('kept');
  const restart = async (): Promise<void> => {
    await server.stop();
    await open();
  };
  const open = async (): Promise<void> => {
    if ('missing' in workerd) return;
    server = await startObjects(workerd.executable, effects, {}, disk);
    ports = server.ports as [number, number, number];
  };
  beforeAll(open);
  beforeEach((context) => void need(workerd, context));

  const spend = (at: number): Promise<Answer> => send(ports[at % 3] ?? 0, call('modern', 'spend_money', { name: 'rent', ms: 100, idempotency_key: 'rent-0001' }));

  test.each(kinds)('%s has its tools, questions and handles from any isolate', async (kind) => {
    const who = person();
    let turn = 0;
    // Every request at another isolate.
    const anywhere: typeof fetch = (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      url.port = String(ports[turn++ % 3]);
      return fetch(url, init);
    };
    const client = await connect(kind, server.url, who, anywhere);
    expect((await client.call('ask_colour', { word: kind })).structuredContent).toMatchObject({ word: kind, size: `Which size for ${kind}?`.length });
    expect(who.asked).toEqual([`Which colour for ${kind}?`, `Which size for ${kind}?`]);
    const { handle } = (await client.call('remember_word', { word: 'kept' })).structuredContent as { handle: string };
    expect((await client.call('recall_word', { handle, act: 'write' })).structuredContent).toEqual({ word: 'kept' });
    expect((await client.call('recall_word', { handle })).structuredContent).toEqual({ word: 'kept!' });
    expect((await client.call('wipe_value', { name: kind, idempotency_key: `wipe ${kind}` })).structuredContent).toEqual({ name: kind });
    expect(effects.times(`wiped ${kind}`)).toBe(1);
    await client.close();
  });

  test('R088 a write with the same key happens once, on three isolates at once, and after the process was killed', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => spend(at)));
    expect(answers.some((answer) => answer.json().result?.structuredContent?.['name'] === 'rent')).toBe(true);
    expect(effects.times('spent rent')).toBe(1);
    await restart();
    expect((await spend(1)).json().result?.structuredContent).toEqual({ name: 'rent' });
    expect(effects.times('spent rent')).toBe(1);
  });

  test('P72 R105 a session, its subscriptions and its events outlive the process', async () => {
    const session = await RawSession.open(ports[0]);
    const call1 = await session.send(ports[1], session.call('take_steps', { word: 'long', steps: 3, ms: 150 }, { progressToken: 'p' }));
    await until(() => call1.ended());
    await session.ask(ports[2], 'resources/subscribe', { uri: 'notes://kept' });
    await restart();
    const rest = await session.listen(ports[1], call1.events[0]?.id);
    await until(() => rest.ended());
    expect(rest.messages().map(({ params, result }) => params?.['progress'] ?? result?.structuredContent?.['word'])).toEqual([1, 2, 3, 'long']);
    const own = await session.listen(ports[0]);
    await session.ask(ports[2], 'tools/call', { name: 'publish_change', arguments: { kind: 'resource_updated', uri: 'notes://kept' } });
    await own.next(({ params }) => params?.['uri'] === 'notes://kept');
    expect(await session.delete(ports[1])).toBe(204);
    await until(() => own.ended());
    expect((await session.fetch(ports[2], { body: session.request('ping') })).status).toBe(404);
  });

  test('a client of the 2026 era hears at one isolate of a change at another', async () => {
    const { body, headers = {} } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    const end = new AbortController();
    const stream = await fetch(`http://localhost:${ports[0]}/mcp`, { method: 'POST', headers: headers as Record<string, string>, body, signal: end.signal });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    const listen = async (): Promise<void> => {
      for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) heard += chunk.value;
    };
    listen().catch(() => undefined);
    await until(async () => {
      await send(ports[1], call('modern', 'publish_change', { kind: 'tools_list_changed' }));
      return heard.includes('notifications/tools/list_changed');
    });
    end.abort();
  });
});

describe('tenants', () => {
  const key = pair('ES256', 'ec-1');
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer([key.jwk]);
  });
  afterAll(() => issuer.close());
  const bearer = (url: URL, org_id: string, sub = 'user-1'): readonly [string, string] => [
    'authorization',
    `Bearer ${jws({ alg: 'ES256', kid: 'ec-1', typ: 'at+jwt' }, { iss: issuer.url, sub, aud: url.href, client_id: 'client-1', scope: 'notes:read notes:write', org_id, jti: Math.random().toString(36), iat: seconds(), exp: seconds() + 300 }, key)}`,
  ];
  const trusting = () => ({ OAUTH_ISSUER: issuer.url, OAUTH_JWKS_URI: issuer.jwksUri.replace('localhost', '127.0.0.1') });

  test('R162 R119 calls are counted over all isolates, for each tenant alone', async (context) => {
    const { url, ports } = await start(need(workerd, context), 'oidc', { ...trusting(), RATE_LIMIT_AGENT_PER_MINUTE: '0', RATE_LIMIT_TOOL_PER_MINUTE: '0', RATE_LIMIT_TENANT_PER_MINUTE: '30' }, 3);
    const search = (tenant: string, at: number) => send(ports[at % 3] ?? 0, { ...call('modern', 'search_notes', { query: `q ${at}` }), more: [bearer(url, tenant)] });
    const statuses = async (tenant: string) => (await Promise.all(Array.from({ length: 45 }, (_, at) => search(tenant, at)))).map(({ status, body }) => (status === 429 || body.includes('rate_limit') ? 'refused' : 'served'));
    const acme = await statuses('acme');
    const served = acme.filter((one) => one === 'served').length;
    // A token comes back every two seconds.
    expect(served).toBeGreaterThanOrEqual(30);
    expect(served).toBeLessThan(40);
    expect((await statuses('globex')).filter((one) => one === 'served').length).toBeGreaterThanOrEqual(30);
  });

  test('R127 notes and sessions of one tenant are unknown to another, and each has a database of its own', async (context) => {
    const disk = scratch('tenants');
    const { url, ports } = await start(need(workerd, context), 'oidc', { ...trusting(), ...unlimited }, 3, disk);
    const [port = 0] = ports;
    const ask = (tenant: string, name: string, args: Record<string, unknown>) => send(port, { ...call('modern', name, args), more: [bearer(url, tenant)] });
    expect((await ask('acme', 'create_note', { text: 'secret', idempotency_key: 'note-0001' })).body).toContain('"id"');
    expect((await ask('globex', 'search_notes', { query: 'secret' })).body).not.toContain('secret"');
    expect((await ask('acme', 'search_notes', { query: 'secret' })).body).toContain('secret');
    const session = await RawSession.open(port, { headers: Object.fromEntries([bearer(url, 'acme')]) });
    for (const [tenant, status] of [['globex', 404], ['acme', 200]] as const) {
      const headers = { authorization: bearer(url, tenant)[1] };
      expect((await session.fetch(ports[1] ?? 0, { body: session.request('ping'), headers })).status).toBe(status);
    }
    expect(readdirSync(path.join(disk, 'tenant')).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file))).toHaveLength(2);
  });

  test('a web origin sees the answer of an object', async (context) => {
    const origin = 'https://app.example.com';
    const { url, ports } = await start(need(workerd, context), 'oidc', { ...trusting(), ALLOWED_ORIGINS: origin });
    const answer = await send(ports[0] ?? 0, { ...modern('tools/list', {}, { headers: { origin } }), more: [bearer(url, 'acme')] });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, origin]);
  });
});
