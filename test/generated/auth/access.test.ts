import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openWire, render } from '../wire/http.ts';
import type { Sent } from '../wire/http.ts';
import { call, eras, modern } from '../wire/message.ts';
import type { Era } from '../wire/message.ts';
import { build, copyRepo, once } from '../wire/probe.ts';
import { killServers, until } from '../wire/server.ts';
import { METADATA, now, startWorld } from './bench.ts';
import type { World } from './bench.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  await world.close();
  await killServers();
});

const both: readonly Era[] = ['modern', 'legacy'];
const reader = (changes: Record<string, unknown> = {}) => `Bearer ${world.token({ scope: 'notes:read', ...changes })}`;
const writer = (changes: Record<string, unknown> = {}) => `Bearer ${world.token({ scope: 'notes:write', ...changes })}`;
const create = (era: Era, text = 'hello', key = Math.random().toString(36).padEnd(12, '0')) => call(era, 'create_note', { text, idempotency_key: key });
const search = (era: Era, query = '') => call(era, 'search_notes', { query });
const notes = async (authorization: string, era: Era = 'modern') => (await world.ask(authorization, search(era))).json().result?.structuredContent?.['notes'] as { text: string }[];
const audits = (on = world) => on.server.log().filter(({ event }) => event === 'mcp.audit');

describe.each(both)('scopes of an operation, %s era', (era) => {
  test('S040 R083 a tool whose scope is missing is 403 with all scopes at once, and does not run', async () => {
    const before = (await notes(reader(), era)).length;
    const answer = await world.ask(reader(), create(era));
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer error="insufficient_scope", error_description="This needs more scopes than the access token has.", scope="notes:read notes:write", resource_metadata="${METADATA}"`,
    );
    const { error, correlation_id: id } = JSON.parse(answer.body) as Record<string, unknown>;
    expect(error).toBe('insufficient_scope');
    // Whoever is refused can name the refusal, and the log says everything about it under that name.
    const log = await world.server.logUntil((lines) => lines.some((line) => line['correlation_id'] === id));
    expect(log.filter((line) => line['correlation_id'] === id).map(({ event }) => event)).toEqual(['mcp.audit', 'auth.denied']);
    expect((await notes(reader(), era)).length).toBe(before);
  });

  test('row 64 a scope that implies others is enough for them', async () => {
    expect((await world.ask(writer(), search(era))).json().result?.isError).toBeFalsy();
    expect((await world.ask(writer(), create(era))).json().result?.isError).toBeFalsy();
  });

  test('S039 near matches of a tool scope are none', async () => {
    for (const scope of ['notes:read notes:writes', 'notes:read notes:writ', 'notes:read NOTES:WRITE', 'notes:read notes:*', 'notes:read xnotes:write']) {
      expect((await world.ask(`Bearer ${world.token({ scope })}`, create(era))).status).toBe(403);
    }
  });

  test('an unknown tool is no question of scopes', async () => {
    const answer = await world.ask(reader(), call(era, 'no_such_tool'));
    expect(answer.json().error?.code).toBe(-32_602);
  });

  test('S014 nor is a URI of a million characters, which is no fault of the server either', async () => {
    const { body } = eras[era]('resources/read', { uri: `notes://note/${'a'.repeat(1_000_001)}` });
    expect((await world.ask(reader(), { ...eras[era]('resources/read', {}), body })).status).toBeLessThan(500);
  });

  test('resources, prompts and completions need a token with their scopes too', async () => {
    const id = String((await world.ask(writer(), create(era, 'a note'))).json().result?.structuredContent?.['id']);
    const uri = `notes://note/${id}`;
    const asks: Sent[] = [
      eras[era]('resources/read', { uri }),
      eras[era]('prompts/get', { name: 'summarize_notes', arguments: { query: 'note' } }),
      eras[era]('completion/complete', { ref: { type: 'ref/resource', uri: 'notes://note/{id}' }, argument: { name: 'id', value: id.slice(0, 4) } }),
    ];
    for (const sent of asks) expect([(await world.ask(reader(), sent)).status, (await world.ask(`Bearer ${world.token({ scope: 'other' })}`, sent)).status]).toEqual([200, 403]);
  });
});

test.each(both)('S040 what a gate lets through without its scopes is still refused where it would run, %s era', async (era) => {
  const at = await once('wire-auth-open-gate', async (to) => {
    copyRepo('auth-oidc', to);
    const edit = (file: string, from: string, by: string) => {
      const source = readFileSync(path.join(to, file), 'utf8');
      expect(source).toContain(from);
      writeFileSync(path.join(to, file), source.replace(from, by));
    };
    edit('src/platform/auth/gate.ts', 'missingScopes(principal, scopes).length > 0', 'missingScopes(principal, []).length > 0');
    edit('src/resources/note.ts', "scopes: ['notes:read']", "scopes: ['notes:write']");
    await build(to);
  });
  const open = await startWorld({}, at);
  const token = `Bearer ${open.token({ scope: 'notes:read' })}`;
  expect((await open.ask(token, create(era, 'not allowed'))).json().result).toMatchObject({ isError: true, _meta: { 'mcp-gen/error': { error_class: 'authorization' } } });
  expect((await open.ask(token, search(era, 'not allowed'))).json().result?.structuredContent).toMatchObject({ notes: [] });
  expect((await open.ask(token, eras[era]('resources/read', { uri: 'notes://note/1' }))).json().error?.data).toMatchObject({ error_class: 'authorization' });
  await open.close();
});

describe('tenants and users', () => {
  test.each(both)('R087 what one tenant stores, another does not see (%s era)', async (era) => {
    const text = `secret of acme ${era}`;
    await world.ask(writer({ org_id: 'acme' }), create(era, text));
    expect((await notes(reader({ org_id: 'acme' }), era)).map((note) => note.text)).toContain(text);
    expect((await notes(reader({ org_id: 'globex', sub: 'bob' }), era)).map((note) => note.text)).not.toContain(text);
  });

  test('the same idempotency key of another user, client or issuer\'s tenant is another operation', async () => {
    const key = 'the-same-key-for-all';
    const ids = new Set<unknown>();
    for (const who of [{ sub: 'u1' }, { sub: 'u2' }, { sub: 'u1', client_id: 'c2' }, { sub: 'u1', org_id: 'other' }]) {
      ids.add((await world.ask(writer(who), create('modern', 'x', key))).json().result?.structuredContent?.['id']);
    }
    expect(ids.size).toBe(4);
    expect(ids).not.toContain(undefined);
  });
});

/** The audit records that a request leaves. */
async function added(authorization: string | undefined, sent: Sent) {
  // What earlier requests leave may still be on its way.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = audits().length;
  await world.ask(authorization, sent);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return audits().slice(before);
}

describe('R103 every decision is one audit event', () => {
  test('R096 a permitted call: user and agent apart', async () => {
    const act = { act: { sub: 'sub-agent' } };
    expect(await added(reader({ jti: 'j-1', ...act }), search('modern'))).toMatchObject([
      { decision: 'permit', tool: 'search_notes', tenant_id: 'acme', user_id: 'user-1', user_issuer: world.issuer.url, agent_id: 'client-1', actor: 'sub-agent', auth_kind: 'user', token_id: 'j-1', required_scopes: 'notes:read', status: 'ok' },
    ]);
  });
  test('a permitted list', async () => {
    expect(await added(reader(), modern('tools/list'))).toMatchObject([{ decision: 'permit', method: 'tools/list', user_id: 'user-1', decision_reason: 'base_scopes' }]);
  });
  test('a denied call, with who was denied what', async () => {
    expect(await added(reader(), create('modern'))).toMatchObject([{ decision: 'deny', decision_reason: 'scope', tool: 'create_note', user_id: 'user-1', agent_id: 'client-1', required_scopes: 'notes:read notes:write', status: 'denied' }]);
  });
  test.each<[string, string, () => string | undefined]>([
    ['no token', 'no_token', () => undefined],
    ['expired', 'expired', () => reader({ iat: now() - 400, exp: now() - 100 })],
    ['another audience', 'audience', () => reader({ aud: 'x' })],
    ['another issuer', 'issuer', () => reader({ iss: 'x' })],
    ['a bad signature', 'jws_signature_verification_failed', () => `${reader().slice(0, -6)}AAAAAA`],
    ['no scope', 'base_scopes', () => reader({ scope: '' })],
    ['a service', 'service_token', () => reader({ sub: 'client-1' })],
    ['two headers', 'malformed_header', () => 'Bearer a b'],
  ])('%s: one denial with the reason', async (_, reason, authorization) => {
    expect(await added(authorization(), modern('tools/list'))).toMatchObject([{ decision: 'deny', decision_reason: reason, status: 'denied' }]);
  });
});

test('of a batch that is refused nothing is recorded as permitted', async () => {
  const [list, write] = [modern('tools/list'), create('modern')];
  const before = audits().length;
  expect((await world.ask(reader(), { ...write, body: `[${list.body},${write.body}]` })).status).toBe(403);
  await world.server.logUntil((log) => log.filter(({ event }) => event === 'mcp.audit').length > before);
  expect(audits().slice(before)).toMatchObject([{ decision: 'deny', decision_reason: 'scope', tool: 'create_note' }]);
});

describe('what the log says about a refusal', () => {
  test('in development expected against received; in production only the reason', async () => {
    const canary = 'https://canary.example.com/mcp';
    await world.ask(reader({ aud: canary }));
    const [line] = await world.server.logUntil((log) => log.some(({ event, audience }) => event === 'auth.denied' && String(audience).includes(canary))).then((log) => log.filter(({ audience }) => String(audience).includes(canary)));
    expect(line).toMatchObject({ reason: 'audience', issuer: expect.stringContaining(world.issuer.url) as string, scopes: expect.stringContaining('scope="notes:read"') as string, tenant: 'org_id="acme"', client: expect.stringContaining('client-1') as string, clock: expect.stringMatching(/now \d+/) as string });
    await world.ask(reader(), create('modern'));
    const refused = await world.server.logUntil((log) => log.some(({ event, reason }) => event === 'auth.denied' && reason === 'scope'));
    expect(refused.findLast(({ event, reason }) => event === 'auth.denied' && reason === 'scope')).toMatchObject({ scopes: 'expected notes:read notes:write; received notes:read' });
    const production = await startWorld({ NODE_ENV: 'production', MCP_SECRET: Buffer.alloc(32, 7).toString('base64') });
    const list = modern('tools/list');
    const answer = await production.ask(`Bearer ${production.token({ aud: canary })}`, { ...list, headers: { ...list.headers, host: 'mcp.example.com' } });
    expect(answer.status).toBe(401);
    await production.server.logUntil((log) => log.some(({ decision_reason }) => decision_reason === 'audience'));
    expect(production.server.stdout() + production.server.stderr()).not.toContain(canary);
    await production.close();
  });

  test('S042 S048 no token, no signature and no secret is in any log or answer', async () => {
    const tokens = [writer(), reader({ aud: 'x' }), reader({ exp: 1 }), `${writer()}.extra`, 'Bearer canary-opaque-token'];
    const answers = await Promise.all(tokens.flatMap((token) => [world.ask(token, create('modern')), world.ask(token, search('legacy')), world.ask(token, { ...modern('tools/list'), path: `/mcp?access_token=${token.slice(7)}` })]));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const everything = [...answers.map(({ raw }) => raw), world.server.stdout(), world.server.stderr()].join('\n');
    for (const token of tokens) for (const part of token.slice(7).split('.').filter((each) => each.length > 15)) expect(everything).not.toContain(part);
  });
});

describe('S041 R097 R102 rules of the owner', () => {
  const at = path.join(inject('workspace'), 'wire-auth-rules');
  let ruled: World;
  beforeAll(async () => {
    rmSync(at, { recursive: true, force: true });
    copyRepo('auth-oidc', at);
    const rules = path.join(at, 'src/access.ts');
    writeFileSync(rules, readFileSync(rules, 'utf8').replace("permitted: () => 'all'", "permitted: ({ roles }) => (roles.includes('editor') ? 'all' : ['notes:read'])"));
    expect(readFileSync(rules, 'utf8')).toContain("roles.includes('editor')");
    // Nothing in the example changes while it runs; a server whose tools do keeps streams open.
    const server = path.join(at, 'src/server.ts');
    writeFileSync(server, readFileSync(server, 'utf8').replace('(_server, _context) => {}', '(server) => server.server.registerCapabilities({ tools: { listChanged: true } })'));
    expect(readFileSync(server, 'utf8')).toContain('registerCapabilities');
    for (const item of ['resources/note.ts', 'prompts/summarize_notes.ts']) {
      const file = path.join(at, 'src', item);
      writeFileSync(file, readFileSync(file, 'utf8').replace("scopes: ['notes:read']", "scopes: ['notes:write']"));
      expect(readFileSync(file, 'utf8')).toContain("scopes: ['notes:write']");
    }
    await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: at });
    expect(existsSync(path.join(at, 'dist/node.js'))).toBe(true);
    ruled = await startWorld({ ALLOW_SERVICE_TOKENS: 'true' }, at);
  });
  afterAll(() => ruled.close());

  test.each<[string, Record<string, unknown>, number]>([
    ['user and agent may', { roles: ['editor'], scope: 'notes:write' }, 200],
    ['the user may, the agent may not', { roles: ['editor'], scope: 'notes:read' }, 403],
    ['the agent may, the user may not', { roles: ['viewer'], scope: 'notes:write' }, 403],
    ['neither may', { roles: [], scope: 'notes:read' }, 403],
    ['a service with every scope and no role', { sub: 'client-1', scope: 'notes:read notes:write' }, 403],
  ])('%s', async (_, changes, status) => {
    expect((await ruled.ask(`Bearer ${ruled.token(changes)}`, create('modern'))).status).toBe(status);
  });

  test.each(both)('R083 resources, prompts and completions have scopes of their own (%s era)', async (era) => {
    const editor = (scope: string) => `Bearer ${ruled.token({ roles: ['editor'], scope })}`;
    const id = String((await ruled.ask(editor('notes:write'), create(era, 'a note'))).json().result?.structuredContent?.['id']);
    const argument = { name: 'id', value: '' };
    const asks: Sent[] = [
      eras[era]('resources/read', { uri: `notes://note/${id}` }),
      eras[era]('resources/read', { uri: `NOTES://note/${id}` }),
      eras[era]('prompts/get', { name: 'summarize_notes', arguments: { query: 'note' } }),
      eras[era]('completion/complete', { ref: { type: 'ref/resource', uri: 'notes://note/{id}' }, argument }),
    ];
    for (const sent of asks) {
      const denied = await ruled.ask(editor('notes:read'), sent);
      expect([denied.status, denied.headers['www-authenticate']]).toEqual([403, expect.stringContaining('scope="notes:read notes:write"')]);
      expect((await ruled.ask(editor('notes:write'), sent)).status).not.toBe(403);
    }
    const listed = async (scope: string) => (await ruled.ask(editor(scope), eras[era]('resources/list'))).json().result?.['resources'];
    expect(await listed('notes:read')).toEqual([]);
    expect(JSON.stringify(await listed('notes:write'))).toContain(id);
  });

  test.each([['is ended when the token that opened it expires', 2, 4_000], ['goes on while the token is good', 300, Infinity]])('S052 a stream of changes %s', async (_, life, limit) => {
    const wire = await openWire(ruled.server.port);
    const { headers, body } = modern('subscriptions/listen', { notifications: { toolsListChanged: true } });
    // Tokens are taken for five more seconds, for clocks that differ.
    const authorization = `Bearer ${ruled.token({ iat: now() - 60, exp: now() + life - 5 })}`;
    const started = performance.now();
    wire.write(render(ruled.server.port, { headers: { ...headers, authorization }, body }));
    await until(() => wire.received().includes('subscriptions/acknowledged'));
    const hasEnded = () => wire.received().endsWith('0\r\n\r\n');
    await until(() => hasEnded() || performance.now() - started > 4_500);
    expect(performance.now() - started).toBeGreaterThan(500);
    expect(hasEnded()).toBe(limit !== Infinity);
    wire.close();
  });
});
