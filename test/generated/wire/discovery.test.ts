import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from './http.ts';
import { modern } from './message.ts';
import { builtRepo } from './probe.ts';
import { killServers, startServer } from './server.ts';
import type { Server } from './server.ts';

const publicUrl = 'https://mcp.example.com/mcp';
let repo: string;
let server: Server;
beforeAll(async () => {
  repo = await builtRepo('both-notes');
  server = await startServer(repo, { MCP_PUBLIC_URL: publicUrl });
});
afterAll(killServers);

const get = (at: string, headers: Readonly<Record<string, string>> = {}, on = server) => send(on.port, { method: 'GET', path: at, headers });
const json = async (at: string, headers: Readonly<Record<string, string>> = {}, on = server) => JSON.parse((await get(at, headers, on)).body) as Record<string, unknown>;
const read = (file: string) => JSON.parse(readFileSync(path.join(repo, file), 'utf8')) as Record<string, unknown>;
const toolNames = ['create_note', 'delete_note', 'search_notes'];

describe('R149 GET /', () => {
  test('says what this is and where, from the configuration only, without tool names', async () => {
    const answer = await get('/', { host: `localhost:${server.port}`, 'x-forwarded-host': 'evil.example' });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({ endpoint: publicUrl, transport: 'streamable-http', auth: 'none', name: 'both-notes', title: 'Nöte "keeper" ${x} {{y}}', docs: expect.any(String) as string });
    expect(answer.raw).not.toContain('evil.example');
    for (const name of toolNames) expect(answer.body).not.toContain(name);
  });

  test('lists tool names when they are configured public', async () => {
    const open = await startServer(repo, { PUBLIC_TOOL_NAMES: 'true' });
    expect(await json('/', {}, open)).toMatchObject({ tools: toolNames });
    await open.kill();
  });

  test('HEAD is answered too', async () => {
    const answer = await fetch(`http://localhost:${server.port}/`, { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });
});

describe('R148 the server card', () => {
  const at = '/mcp/server-card';

  test('is a public document of its own type, with an ETag that spares a second answer', async () => {
    const card = await get(at, { accept: 'text/html' });
    expect(card.status).toBe(200);
    expect(card.headers).toMatchObject({ 'content-type': expect.stringContaining('application/mcp-server-card+json') as string, 'access-control-allow-origin': '*', 'cache-control': expect.stringContaining('public') as string, etag: expect.stringMatching(/^(?:W\/)?".+"$/) as string });
    const unchanged = await get(at, { 'if-none-match': card.headers['etag'] ?? '' });
    expect([unchanged.status, unchanged.body]).toEqual([304, '']);
    const moved = await startServer(repo, { MCP_PUBLIC_URL: 'https://moved.example.com/mcp', ALLOWED_HOSTS: 'x' });
    expect((await get(at, { host: 'moved.example.com' }, moved)).headers['etag']).not.toBe(card.headers['etag']);
    await moved.kill();
  });

  test('has the shape of the extension, and neither tools nor secrets nor internal addresses', async () => {
    const card = await json(at);
    expect(card).toMatchObject({
      $schema: expect.stringContaining('server-card.schema.json') as string,
      name: 'com.example/both-notes',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      description: expect.stringMatching(/^[^]{1,100}$/) as string,
      remotes: [{ type: 'streamable-http', url: publicUrl }],
    });
    for (const word of ['tools', 'capabilities', 'packages', 'auth']) expect(card).not.toHaveProperty(word);
    expect(JSON.stringify(card)).not.toMatch(/localhost|127\.0\.0\.1|_note/);
  });

  test('does not contradict what server/discover says', async () => {
    const card = await json(at);
    const info = (await send(server.port, modern('server/discover'))).json().result?.['_meta']?.['io.modelcontextprotocol/serverInfo'];
    expect(info).toMatchObject({ version: card['version'], ...('title' in card && { title: card['title'] }) });
  });

  test('a server without a namespace has none', async () => {
    const plain = await startServer(await builtRepo('http-notes'));
    for (const missing of [at, '/.well-known/ai-catalog.json', '/.well-known/security.txt']) expect([missing, (await get(missing, {}, plain)).status]).toEqual([missing, 404]);
    await plain.kill();
  });
});

test('the AI catalog points at the card', async () => {
  const catalog = await get('/.well-known/ai-catalog.json');
  expect(catalog.headers['content-type']).toContain('application/ai-catalog+json');
  expect(JSON.parse(catalog.body)).toMatchObject({
    specVersion: '1.0',
    entries: [{ identifier: 'urn:air:example.com:mcp:both-notes', type: 'application/mcp-server-card+json', url: `${publicUrl}/server-card` }],
  });
});

test('security.txt names the contact, and expires within a year', async () => {
  const { status, headers, body } = await get('/.well-known/security.txt');
  expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('text/plain')]);
  expect(body).toMatch(/^Contact: mailto:security@example\.com$/m);
  const expires = Date.parse(/^Expires: (.+)$/m.exec(body)?.[1] ?? '');
  expect(expires).toBeGreaterThan(Date.now() + 24 * 3_600_000);
  expect(expires).toBeLessThan(Date.now() + 366 * 24 * 3_600_000);
});

test('S001 documents go through the same Host check, except that any origin may read the card', async () => {
  for (const at of ['/', '/.well-known/ai-catalog.json', '/.well-known/security.txt', '/mcp/server-card']) expect([at, (await get(at, { host: 'evil.example' })).status]).toEqual([at, 403]);
});

describe('R150 R152 what is published about it', () => {
  test('R150 tools.lock.json is what a client lists', async () => {
    const listed = (await send(server.port, modern('tools/list'))).json().result?.['tools'] as { name: string }[];
    const { tools } = JSON.parse(readFileSync(path.join(repo, 'tools.lock.json'), 'utf8')) as { tools: Record<string, Record<string, unknown>> };
    expect(Object.entries(tools).map(([name, { effect: _effect, scopes: _scopes, hash: _hash, ...seen }]) => ({ name, ...seen }))).toEqual(listed);
  });

  test('R152 server.json and package.json agree on the name in the registry', () => {
    const published = read('server.json');
    expect(published).toMatchObject({ $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json', name: 'com.example/both-notes', version: read('package.json')['version'] });
    expect(published['name']).toBe(read('package.json')['mcpName']);
    expect(published['packages']).toMatchObject([{ registryType: 'npm', identifier: read('package.json')['name'], transport: { type: 'stdio' } }]);
    expect(String(published['description']).length).toBeLessThanOrEqual(100);
  });

  test('S071 S072 R003 nothing in the platform starts a process, evaluates text, or speaks the old transport', () => {
    const sources = readdirSync(path.join(repo, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const forbidden = /child_process|\beval\(|new Function|SSEServerTransport|['"]\/sse|['"]\/messages/;
    expect(sources.filter((file) => forbidden.test(readFileSync(path.join(repo, 'src', file), 'utf8')))).toEqual([]);
  });
});
