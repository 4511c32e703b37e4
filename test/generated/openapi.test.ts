import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { findings } from '../../templates/base/test/schema_rules.ts';
import type { Row } from '../../src/check/check.ts';
import { itemFrom } from '../../src/items/item.ts';
import { Unusable, readDocument } from '../../src/openapi/document.ts';
import type { Json } from '../../src/openapi/document.ts';
import { operationsOf } from '../../src/openapi/operations.ts';
import { toolFrom } from '../../src/openapi/tool.ts';
import { planAdd } from '../../src/plan/add.ts';
import { documentOf, invoke } from '../cli/invoke.ts';
import { anyDocument } from '../openapi/any.ts';
import { finish } from './scratch.ts';
import { copyRepo, writeIndexes } from './wire/probe.ts';

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
    mkdirSync(path.join(repo, 'test/tools'), { recursive: true });
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
