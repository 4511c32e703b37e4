import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { TestContext } from 'vitest';
import { clientKinds } from './clients.ts';
import type { AnyClient } from './clients.ts';
import { finish, programs } from './scratch.ts';
import { startHttp } from './start.ts';
import type { Running } from './start.ts';
import { send } from './wire/http.ts';
import { modern } from './wire/message.ts';
import { copyRepo } from './wire/probe.ts';
import { linesOf, until } from './wire/server.ts';
import { bundleForWorkerd, findWorkerd, need, startWorkerd, WORKERD } from './worker/workerd.ts';
import type { Bundle, Workerd } from './worker/workerd.ts';

const MCP_SECRET = Buffer.alloc(32, 7).toString('base64');

let workerd: Workerd;
let repo: string;
let bundle: Bundle;
const running: Running[] = [];
const folders: string[] = [];
beforeAll(async () => {
  repo = path.join(inject('workspace'), 'worker');
  copyRepo('http-notes', repo);
  bundle = await bundleForWorkerd(repo);
  const bin = programs(WORKERD);
  folders.push(path.resolve(bin, '../..'));
  workerd = await findWorkerd(bin);
});
afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

test('R162 the http platform needs no module of Node.js', () => {
  expect(bundle.imports).toEqual([]);
});

describe('in workerd, without Node.js compatibility', () => {
  test.for(Object.keys(clientKinds))('R162 answers the %s', async (kind, context) => {
    const server = await serve(context);
    const client = await clientKinds[kind as keyof typeof clientKinds](server.url);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['create_note', 'delete_note', 'search_notes']);
    const text = `from the edge ${kind}`;
    const created = await createNote(client, text);
    expect(created.structuredContent).toEqual({ id: expect.any(String) as string });
    expect(JSON.stringify(await client.callTool({ name: 'search_notes', arguments: { query: text } }))).toContain(text);
    expect((await client.callTool({ name: 'search_notes', arguments: { query: 7 } })).isError).toBe(true);
    await expect(client.getPrompt({ name: 'no_such_prompt' })).rejects.toMatchObject({ code: -32_602 });
    await client.close();
  });

  test('R162 answers requests that come together before anything is warm', async (context) => {
    const server = await serve(context);
    const client = await clientKinds['v2 client, 2026-07-28'](server.url);
    const results = await Promise.all(Array.from({ length: 40 }, (_, at) => createNote(client, `note ${at}`)));
    expect(new Set(results.map(({ structuredContent }) => (structuredContent as { id: string }).id)).size).toBe(40);
    await client.close();
  });

  test('R138 hashes the arguments of a call to the same value as on Node.js', async (context) => {
    await finish('npm', ['run', '--silent', 'build'], repo);
    const onNode = await startHttp(repo, { MCP_SECRET });
    running.push(onNode);
    const inWorkerd = await serve(context, { MCP_SECRET });
    const hashes = await Promise.all([onNode, inWorkerd].map(argumentHash));
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(hashes[1]).toBe(hashes[0]);
  });

  test('S001 refuses a foreign Host', async (context) => {
    const { url } = await serve(context);
    const answer = await send(Number(url.port), modern('tools/list', {}, { headers: { host: 'evil.example.com' } }));
    expect(answer.status).toBe(403);
    expect(answer.json().error?.code).toBe(-32_600);
  });
});

async function serve(context: TestContext, bindings: Readonly<Record<string, string>> = {}): Promise<Running> {
  const server = await startWorkerd(need(workerd, context), bundle.script, bindings);
  running.push(server);
  return server;
}

function createNote(client: AnyClient, text: string): ReturnType<AnyClient['callTool']> {
  return client.callTool({ name: 'create_note', arguments: { text, idempotency_key: `key of ${text}` } });
}

/** Of one and the same call, from the audit record. */
async function argumentHash({ url, output }: Running): Promise<unknown> {
  const client = await clientKinds['v2 client, 2026-07-28'](url);
  await client.callTool({ name: 'search_notes', arguments: { limit: 3, query: 'ü' } });
  await client.close();
  const record = (): string | undefined => linesOf(output()).find((line) => line.includes('"args_hash"'));
  await until(() => record() !== undefined);
  return (JSON.parse(record() ?? '{}') as Record<string, unknown>)['args_hash'];
}
