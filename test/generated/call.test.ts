import { cpSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { plainEnv, run } from '../cli/spawn.ts';
import { killDevs, startDev } from './auth/dev.ts';
import type { Dev } from './auth/dev.ts';
import { jws, pair } from './auth/issuer.ts';
import { scratch } from './scratch.ts';
import { freePort } from './start.ts';
import { send } from './wire/http.ts';
import { call as message } from './wire/message.ts';
import { builtRepo, copyRepo } from './wire/probe.ts';
import { startServer, until } from './wire/server.ts';

/** The part of `--json` that these tests read. */
interface Called {
  readonly ok: boolean;
  readonly version: string;
  readonly arguments: Record<string, unknown>;
  readonly correlation_id: string;
  readonly steps_ms: Record<string, number>;
  readonly result: { structuredContent: { notes?: { text: string }[]; id?: string } };
}

const repo = path.join(inject('workspace'), 'auth-called');
const stdio = path.join(inject('workspace'), 'stdio-notes');
let dev: Dev;
beforeAll(async () => {
  copyRepo('auth-oidc', repo);
  dev = await startDev(repo);
});
afterAll(async () => {
  await dev.stop();
  killDevs();
});

const call = (argv: readonly string[], { cwd = repo, input = '', env = {} }: { cwd?: string; input?: string; env?: Record<string, string> } = {}) =>
  run('gen', ['call', ...argv], { cwd, input, env: plainEnv({ PORT: dev.url.port, ...env }), timeoutMs: 30_000 });
const called = async (argv: readonly string[]): Promise<Called> => JSON.parse((await call([...argv, '--json'])).stdout) as Called;

describe('mcp-gen call', () => {
  test('R093 as alice a note is made, and as bob the same search finds nothing', async () => {
    expect((await call(['create_note', '--text', 'hi from a test'])).code).toBe(0);
    const [hers, his] = [await called(['search_notes', '--query', 'hi from a test']), await called(['search_notes', '--query', 'hi from a test', '--as', 'bob'])];
    expect(hers.result.structuredContent.notes).toMatchObject([{ text: 'hi from a test' }]);
    expect(his.result.structuredContent.notes).toEqual([]);
  });

  test('R122 says what every step took, and by which id the log knows the call', async () => {
    const { correlation_id: id, steps_ms: steps, arguments: args } = await called(['create_note', '--text', 'timed']);
    expect(Object.keys(steps)).toEqual(['schema', 'claim', 'run']);
    for (const ms of Object.values(steps)) expect(ms).toBeGreaterThanOrEqual(0);
    expect(args['idempotency_key']).toMatch(/^[0-9a-f-]{36}$/);
    await until(() => dev.output().includes(`"correlation_id":"${id}"`));
    const { stdout } = await call(['search_notes', '--query', 'timed']);
    expect(stdout).toMatch(/search_notes, 2026-07-28, [\d.]+ ms; of them in the server, ms: schema [\d.]+, claim [\d.]+, run [\d.]+\ncorrelation id [0-9a-f-]{36}\n$/);
  });

  test('speaks either era, and prints the whole result', async () => {
    expect((await called(['search_notes', '--query', 'x', '--era', 'legacy'])).version).toBe('2025-11-25');
    expect((await called(['search_notes', '--query', 'x', '--era', 'modern'])).version).toBe('2026-07-28');
    expect(JSON.parse((await call(['search_notes', '--query', 'x', '--raw'])).stdout.split('\nsearch_notes, ')[0] ?? '')).toMatchObject({ structuredContent: { notes: [] }, _meta: {} });
    expect((await call(['list'])).stdout).toBe('create_note\ndelete_note\nsearch_notes\n');
  });

  test('asks for more scopes as the client that it was before: its session of the 2025 era goes on; where a port is taken it says so', async () => {
    const at = path.join(inject('workspace'), 'auth-called-in-session');
    copyRepo('auth-redis', at);
    const sessions = await startDev(at);
    const ended = await call(['create_note', '--text', 'hi', '--era', 'legacy'], { cwd: at, env: { PORT: sessions.url.port } });
    expect([ended.code, ended.stderr]).toEqual([0, '']);
    await expect(startDev(at, { DEV_AUTH_PORT: new URL(sessions.issuer).port })).rejects.toThrow(/DEV_AUTH_PORT: port \d+ is in use, [^\n]*\n +Set it like this: {2}DEV_AUTH_PORT=\d+\n$/);
    await sessions.stop();
  });

  test('a refusal is told with the id by which the log knows it', async () => {
    const { stderr } = await call(['create_note', '--text', 'x', '--scopes', 'notes:read', '--era', 'legacy']);
    const [, id = ''] = /mcp-gen explain ([0-9a-f-]{36}) server\.log/.exec(stderr) ?? [];
    expect(dev.output()).toContain(`"correlation_id":"${id}"`);
    expect(id).not.toBe('');
  });

  test.each<[string, readonly string[], number, RegExp]>([
    ['a tool that fails', ['delete_note', '--id', '00000000-0000-4000-8000-000000000000'], 1, /not_found/],
    ['a tool that is not there', ['create_notes'], 2, /There is no tool "create_notes".\nThere are: create_note, delete_note, search_notes/],
    ['a field that is not there', ['search_notes', '--qery', 'x'], 2, /search_notes has no field "--qery".\nIts fields: --query --limit --cursor/],
    ['a field of another type', ['search_notes', '--query', 'x', '--limit', 'many'], 2, /--limit must be integer.\nFor example --limit 5/],
    ['a field without a value', ['search_notes', '--query'], 2, /--query needs a value/],
    ['somebody who cannot sign in', ['list', '--as', 'mallory'], 1, /Nobody called "mallory" can sign in there.\n--as alice, --as bob/],
    ['too few scopes, asked for by hand', ['create_note', '--text', 'x', '--scopes', 'notes:read'], 1, /required "notes:read notes:write"/],
  ])('%s: exit code and what to do', async (_, argv, code, says) => {
    const ended = await call(argv);
    expect(ended.code).toBe(code);
    expect(ended.stdout + ended.stderr).toMatch(says);
  });

  test('a field may be a number, with hyphens, and with its value attached', async () => {
    expect((await called(['search_notes', '--query=--x', '--limit', '3'])).arguments).toEqual({ query: '--x', limit: 3 });
    expect((await called(['create_note', '--text', 'x', '--idempotency-key', 'chosen-by-hand'])).arguments).toMatchObject({ idempotency_key: 'chosen-by-hand' });
  });

  test('S048 a token that is brought along is used, never printed, and no other is fetched for it', async () => {
    const stranger = pair('RS256', 'k');
    const token = jws({ alg: 'RS256', kid: 'k' }, { iss: 'https://elsewhere.example.com', canary: 'c' }, stranger);
    const ended = await call(['list', '--token-stdin'], { input: token });
    expect(ended.code).toBe(1);
    expect(ended.stdout + ended.stderr + dev.output()).not.toContain(token);
  });

  test.each<[string, (own: string) => { metadata: string; resource: string }]>([
    ['that says it is the development server', (own) => ({ metadata: `${own}/metadata`, resource: dev.url.href })],
    ['that points to the metadata of the development server', () => ({ metadata: new URL('/.well-known/oauth-protected-resource/mcp', dev.url).href, resource: '' })],
  ])('a stranger %s gets no token for it', async (_, says) => {
    const sent: string[] = [];
    const stranger = createServer((request, response) => {
      if (request.headers.authorization !== undefined) sent.push(request.headers.authorization);
      const own = `http://localhost:${(stranger.address() as AddressInfo).port}`;
      const { metadata, resource } = says(own);
      if (request.url === '/metadata') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ resource, authorization_servers: [dev.issuer] }));
      else response.writeHead(401, { 'www-authenticate': `Bearer resource_metadata="${metadata}", scope="notes:read"` }).end();
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const ended = await call(['list', '--url', `http://localhost:${(stranger.address() as AddressInfo).port}/mcp`]);
    stranger.close();
    expect([ended.code, sent]).toEqual([1, []]);
    expect(ended.stderr).toMatch(/It says that it is|names no resource_metadata of its own/);
  });

  test('nothing that answers: 1, and how to start it', async () => {
    const ended = await call(['list', '--url', `http://localhost:${await freePort()}/mcp`], { cwd: scratch('nowhere') });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('Start it with: npm run dev') as string });
  });

  test('a stdio server is started from source', async () => {
    const at = path.join(inject('workspace'), 'stdio-called');
    cpSync(stdio, at, { recursive: true, filter: (source) => !/[\\/](?:node_modules|dist)$/.test(source) });
    const ended = await call(['create_note', '--text', 'local', '--json'], { cwd: at });
    expect(JSON.parse(ended.stdout)).toMatchObject({ ok: true, result: { structuredContent: { id: expect.any(String) as string } } });
  });
});

test('S048 a server in production does not say how long its steps took', async () => {
  const server = await startServer(await builtRepo('http-notes'), { NODE_ENV: 'production', MCP_SECRET: Buffer.alloc(32, 1).toString('base64'), MCP_PUBLIC_URL: 'http://localhost:3000/mcp' });
  const sent = message('modern', 'search_notes', { query: 'x' });
  const answer = await send(server.port, { ...sent, headers: { ...sent.headers, host: 'localhost:3000' } });
  expect(answer.json().result).toMatchObject({ structuredContent: { notes: [] } });
  expect(answer.body).not.toContain('timing');
  await server.kill();
});
