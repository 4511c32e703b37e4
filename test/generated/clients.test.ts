import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { clientKinds } from './clients.ts';
import type { AnyClient, Target } from './clients.ts';
import { repos } from './repos.ts';
import type { RepoName } from './repos.ts';
import { startHttp } from './start.ts';
import type { Running } from './start.ts';

const workspace = inject('workspace');
const named = (transport: string) => (Object.keys(repos) as RepoName[]).filter((name) => repos[name].transport === transport || repos[name].transport === 'both');

// Where people sign in, the same clients do so first: auth/flow.test.ts.
describe.each(named('http').filter((name) => repos[name].auth === 'none'))('%s over HTTP', (name) => {
  let running: Running;
  beforeAll(async () => {
    const repo = path.join(workspace, name);
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: repo, stdio: 'pipe' });
    running = await startHttp(repo);
  });
  afterAll(async () => {
    expect(await running.stop()).toBe(0);
  });

  test.each(Object.keys(clientKinds))('R002 answers the %s', (kind) => exercise(kind, running.url, repos[name].example));
});

describe.each(named('stdio'))('%s over stdio', (name) => {
  const repo = path.join(workspace, name);
  beforeAll(() => void execFileSync('npm', ['run', '--silent', 'build'], { cwd: repo, stdio: 'pipe' }));

  test.each(Object.keys(clientKinds))('R001 answers the %s', (kind) =>
    exercise(kind, { command: process.execPath, args: ['dist/stdio.js'], cwd: repo }, repos[name].example));
});

async function exercise(kind: string, target: Target, example: boolean): Promise<void> {
  const client = await clientKinds[kind as keyof typeof clientKinds](target);
  try {
    await (example ? useNotes(client) : expectNothing(client));
  } finally {
    await client.close();
  }
}

/** R017, R018: every core method, on the example domain. */
async function useNotes(client: AnyClient): Promise<void> {
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toEqual(['create_note', 'delete_note', 'search_notes']);
  const text = `remember ${Math.random()}`;
  const created = await client.callTool({ name: 'create_note', arguments: { text, idempotency_key: `key-${text}` } });
  expect(created.isError).toBeFalsy();
  const { id } = created.structuredContent as { id: string };
  const { contents } = await client.readResource({ uri: `notes://note/${id}` });
  expect(JSON.stringify(contents)).toContain(text);
  expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(1);
  expect((await client.listPrompts()).prompts.map((prompt) => prompt.name)).toEqual(['summarize_notes']);
  const failed = await client.callTool({ name: 'search_notes', arguments: { query: 7 } });
  expect(failed.isError).toBe(true);
}

async function expectNothing(client: AnyClient): Promise<void> {
  expect((await client.listTools()).tools).toEqual([]);
}
