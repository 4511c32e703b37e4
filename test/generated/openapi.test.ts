import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { findings } from '../../templates/base/test/schema_rules.ts';
import type { Row } from '../../src/check/check.ts';
import { goodObject } from '../../src/items/api/sample.ts';
import { itemFrom } from '../../src/items/item.ts';
import { Unusable, readDocument } from '../../src/openapi/document.ts';
import type { Json } from '../../src/openapi/document.ts';
import { operationsOf } from '../../src/openapi/operations.ts';
import { toolFrom } from '../../src/openapi/tool.ts';
import { planAdd } from '../../src/plan/add.ts';
import { documentOf, invoke } from '../cli/invoke.ts';
import { anyDocument } from '../openapi/any.ts';
import { finish } from './scratch.ts';
import { build, copyRepo, writeIndexes } from './wire/probe.ts';
import { startServer } from './wire/server.ts';

const github = fileURLToPath(new URL('../openapi/fixtures/github.json', import.meta.url));

/** Of each kind: lists, objects, text, nothing; path, query, body; every method. */
const picked = [
  'list_issues_for_repo', 'get_issues=get_issue', 'create_issues=create_issue', 'update_issues=update_issue', 'lock_issues=lock_issue', 'delete_issues_label=delete_label',
  'delete_gists=delete_gist', 'star_gists=star_gist', 'create_git_tree', 'list_users_followers_for_authenticated_user=list_followers', 'get_users_by_username=get_user', 'update_gists=update_gist',
] as const;

function repoOf(name: string): string {
  return path.join(inject('workspace'), name);
}

/** Makes every tool that can be made of documents, as files of a repository. @returns how many */
function writeTools(repo: string, documents: readonly Json[]): number {
  let made = 0;
  for (const document of documents) {
    for (const operation of operationsIn(document)) {
      try {
        const name = `call_thing_${String(made).padStart(4, '0')}`;
        const { input, ...prepared } = toolFrom(operation, name, document, 'shop', undefined);
        const item = itemFrom('tool', name, input, { names: [], uris: [] }, '', prepared);
        for (const { path: file, contents } of planAdd([item], { itemPaths: [], ownsIndex: false, has: () => made > 0 }).files()) writeFileSync(path.join(repo, file), contents);
        made++;
      } catch (error) {
        if (!(error instanceof Unusable)) throw error;
      }
    }
  }
  return made;
}

/** One of the list that an operation of GitHub gives back. */
async function sampleOf(name: string): Promise<object> {
  const document = await readDocument('/', github);
  const operation = operationsOf(document).find(({ toolName }) => toolName === name);
  const { items } = operation === undefined ? { items: [] } : goodObject(toolFrom(operation, name, document, 'github', undefined).api.output);
  return Object((items as readonly object[])[0]) as object;
}

function operationsIn(document: Json) {
  try {
    return operationsOf(document);
  } catch {
    return [];
  }
}

describe('S151 tools of documents that mean no good', () => {
  test('pass the type check, and load as closed and bounded schemas', async () => {
    const repo = repoOf('openapi-fuzzed');
    copyRepo('http-empty', repo);
    for (const folder of ['src/api', 'test/tools']) mkdirSync(path.join(repo, folder), { recursive: true });
    const made = writeTools(repo, [...fc.sample(anyDocument, { seed: 20261126, numRuns: 400 }), await readDocument('/', github)]);
    expect(made).toBeGreaterThan(200);
    writeIndexes(repo);
    await finish('npm', ['run', '--silent', 'typecheck'], repo);
    await finish('npm', ['run', '--silent', 'lock', '--', '--unreleased'], repo);
    const { tools } = JSON.parse(readFileSync(path.join(repo, 'tools.lock.json'), 'utf8')) as { tools: Record<string, { inputSchema: unknown; outputSchema: unknown; description: string }> };
    const faults = Object.entries(tools).flatMap(([name, { inputSchema, outputSchema, description }]) => [
      ...findings(inputSchema, { bounded: true }, `${name} input`),
      ...findings(outputSchema, { bounded: false }, `${name} output`),
      ...(description.length > 40 && description.length < 1_500 ? [] : [`${name}: ${description.length} characters`]),
    ]);
    expect({ faults, tools: Object.keys(tools).length }).toEqual({ faults: [], tools: made });
  });
});

describe('GitHub, imported', () => {
  let repo: string;
  beforeAll(async () => {
    repo = repoOf('openapi-github');
    copyRepo('http-notes', repo);
    const ended = await invoke('mcp-gen', ['add', 'openapi', github, '--upstream', 'github', '--operation', ...picked, '--json'], { cwd: repo });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    // What the warning says to do: nothing else is edited.
    const [line] = documentOf<{ warnings: string[] }>(ended).warnings;
    const scopes = /export type Scope = [^;]+;/.exec(line ?? '')?.[0] ?? '';
    const mcp = path.join(repo, 'src/mcp.ts');
    writeFileSync(mcp, readFileSync(mcp, 'utf8').replace(/export type Scope = [^;]+;/, scopes));
    await finish('npm', ['run', '--silent', 'lock'], repo);
  });

  test('R033 passes lint, types, its own tests against a fake API, and the contract at once', async () => {
    for (const script of ['lint', 'typecheck', 'test']) await finish('npm', ['run', '--silent', script], repo);
  });

  test('is called over HTTP as it is built, and asks the API what was meant', async () => {
    const asked: string[] = [];
    const issue = await sampleOf('list_issues_for_repo');
    const api = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.setHeader('content-type', 'application/json').end(JSON.stringify([{ ...issue, title: 'Broken', password: 'canary' }]));
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    await build(repo);
    const server = await startServer(repo, { GITHUB_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}/api/v3/`, GITHUB_TOKEN: 'key-of-the-server' });
    const client = new Client({ name: 'proof', version: '1.0.0' });
    try {
      await client.connect(new StreamableHTTPClientTransport(server.url));
      const found = await client.callTool({ name: 'list_issues_for_repo', arguments: { owner: '../..', repo: 'a b', state: 'open', per_page: 5 } });
      expect(found.isError).not.toBe(true);
      const open = (await client.listTools()).tools.filter(({ annotations }) => annotations?.openWorldHint).map(({ name }) => name);
      expect(open).toHaveLength(picked.length);
      expect(found.structuredContent).toEqual({ items: [{ ...issue, title: 'Broken' }] });
      expect(JSON.stringify(found)).not.toContain('canary');
      expect((await client.callTool({ name: 'list_issues_for_repo', arguments: { owner: '..', repo: 'x' } })).isError).toBe(true);
      expect(asked).toEqual(['GET /api/v3/repos/..%2F../a%20b/issues?state=open&per_page=5 Bearer key-of-the-server']);
    } finally {
      await client.close();
      await server.kill();
      api.close();
    }
  });

  test('lets go of refusals that it does not read: none holds a connection to the API', async () => {
    let open = 0;
    let most = 0;
    const api = createServer((_, response) => void response.writeHead(403).write('x'.repeat(1_000)));
    api.on('connection', (socket) => {
      most = Math.max(most, ++open);
      socket.on('close', () => open--);
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    await build(repo);
    const server = await startServer(repo, { GITHUB_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}/` });
    const client = new Client({ name: 'proof', version: '1.0.0' });
    try {
      await client.connect(new StreamableHTTPClientTransport(server.url));
      for (let at = 0; at < 10; at++) expect((await client.callTool({ name: 'get_user', arguments: { username: `u${at}` } })).isError).toBe(true);
      // One that is being closed may meet the next.
      expect(most).toBeLessThanOrEqual(3);
    } finally {
      await client.close();
      await server.kill();
      api.close();
    }
  });

  test('R170 keeps every rule of the design of tools; what nobody has read yet is named', async () => {
    const { rows } = documentOf<{ rows: Row[] }>(await invoke('mcp-gen', ['check', '--json'], { cwd: repo }));
    const design = rows.filter(({ part, id }) => part === 'design' || ['strict-schemas', 'semantic-validation', 'idempotency', 'blast-radius'].includes(id));
    expect(design.filter(({ verdict }) => verdict !== 'pass').map(({ id, verdict, evidence }) => [id, verdict, evidence.map(({ at, text }) => `${at} ${text}`)])).toEqual([
      ['blast-radius', 'warn', expect.arrayContaining([expect.stringContaining('create_issue: only what its arguments name')])],
      ['count', 'warn', expect.anything()],
      ['finished', 'warn', expect.arrayContaining([expect.stringMatching(/^src\/tools\/create_issue\.ts:\d+ To be reviewed$/)])],
    ]);
  });
});
