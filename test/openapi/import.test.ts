import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { itemFrom } from '../../src/items/item.ts';
import { Unusable, readDocument } from '../../src/openapi/document.ts';
import { operationsOf } from '../../src/openapi/operations.ts';
import { toolFrom } from '../../src/openapi/tool.ts';
import { documentOf, invoke, scratch, snapshot } from '../cli/invoke.ts';
import type { Failure } from '../cli/invoke.ts';

const github = fileURLToPath(new URL('fixtures/github.json', import.meta.url));

let repo: string;
beforeEach(async () => {
  const cwd = scratch();
  await invoke('create-mcp-server', ['hub-server', '--yes', '--no-install', '--no-git'], { cwd });
  repo = path.join(cwd, 'hub-server');
});

const add = (...argv: string[]) => invoke('mcp-gen', ['add', 'openapi', ...argv], { cwd: repo });

interface Added {
  readonly files: readonly { readonly path: string; readonly action: string }[];
  readonly next: readonly string[];
  readonly warnings: readonly string[];
}

async function refused(...argv: string[]): Promise<string> {
  const before = snapshot(repo);
  const ended = await add(...argv, '--json');
  expect({ code: ended.code, files: snapshot(repo) }).toEqual({ code: 2, files: before });
  const { error } = documentOf<Failure>(ended);
  return `${error.code}: ${error.message} ${error.hint ?? ''}`;
}

describe('GitHub, 138 operations', () => {
  test('every one of them can be a tool, but for the one that takes any keys', async () => {
    const document = await readDocument('/', github);
    const reasons = operationsOf(document).flatMap((operation) => {
      try {
        const { input, ...prepared } = toolFrom(operation, operation.toolName, document, 'github', undefined);
        itemFrom('tool', operation.toolName, input, { names: [], uris: [] }, '', prepared);
        return [];
      } catch (error) {
        if (!(error instanceof Unusable)) throw error;
        return [`${operation.key} ${error.message}`];
      }
    });
    expect(reasons).toEqual(["POST /gists needs body.files, which takes or gives any keys, which a closed schema can't say"]);
  });

  test('--list shows them, as people read it and as a document, and needs no repository', async () => {
    const shown = await invoke('mcp-gen', ['add', 'openapi', github, '--list'], { cwd: scratch() });
    expect({ code: shown.code, lines: shown.stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 138 });
    expect(shown.stdout).toMatch(/^list_issues_for_repo +GET \/repos\/\{owner\}\/\{repo\}\/issues +List repository issues$/m);
    const { operations } = documentOf<{ operations: Record<string, unknown>[] }>(await add(github, '--list', '--json'));
    expect(operations[0]).toEqual({ tool: 'list_gists', id: 'gists/list', operation: 'GET /gists', effect: 'read', summary: 'List gists for the authenticated user', deprecated: false });
  });

  test('takes what was picked by tool name, by id and by path, and names it as asked', async () => {
    const ended = await add(github, '--operation', 'list_issues_for_repo', 'issues/create=create_issue', 'DELETE /gists/{gist_id}=delete_gist', '--upstream', 'github', '--json');
    const { files, warnings, next } = documentOf<Added>(ended);
    expect(files.map(({ path: file }) => file)).toEqual([
      'src/api/call.ts',
      ...['create_issue', 'delete_gist', 'index', 'list_issues_for_repo'].map((name) => `src/tools/${name}.ts`),
      'test/api.test.ts',
      'test/fake_api.ts',
      ...['create_issue', 'delete_gist', 'list_issues_for_repo'].map((name) => `test/tools/${name}.test.ts`),
    ]);
    expect(warnings[0]).toContain("In src/mcp.ts: export type Scope = 'notes:read' | 'notes:write' | 'github:read' | 'github:write';");
    expect(next.join('\n')).toContain('read what a model will read in the 3 new files of src/tools');
    const again = documentOf<Added>(await add(github, '--operation', 'get_issues', '--upstream', 'github', '--json'));
    expect(again.files.map(({ path: file }) => file)).toEqual(['src/tools/get_issues.ts', 'src/tools/index.ts', 'test/tools/get_issues.test.ts']);
  });

  test('the effect is that of the method', async () => {
    const effects = operationsOf(await readDocument('/', github)).map(({ method, effect }) => `${method} ${effect}`);
    expect([...new Set(effects)].toSorted()).toEqual(['DELETE destructive', 'GET read', 'PATCH write', 'POST write', 'PUT write']);
  });

  test('--dry-run and --diff write nothing', async () => {
    const before = snapshot(repo);
    for (const flag of ['--dry-run', '--diff']) {
      const ended = await add(github, '--operation', 'list_gists', flag);
      expect({ code: ended.code, files: snapshot(repo) }).toEqual({ code: 0, files: before });
      expect(ended.stdout).toContain('src/tools/list_gists.ts');
    }
  });
});

describe('R033 a few tools, not an API', () => {
  test('nothing is generated without a choice', async () => {
    expect(await refused(github)).toMatch(/^usage: .*has 138 operations; which of them shall agents be able to do\? --list shows them/);
    expect(await refused(github, '--no-interactive')).toContain('--operation');
  });

  test('more than 15 are refused, with those that are there', async () => {
    const { operations } = documentOf<{ operations: { operation: string }[] }>(await add(github, '--list', '--json'));
    const many = operations.slice(2, 15).map(({ operation }) => operation);
    expect(await refused(github, '--operation', ...many)).toMatch(/^too_many_tools: 13 tools and 3 that are there already: with more than 15/);
    expect((await add(github, '--operation', ...many.slice(0, 12))).code).toBe(0);
    expect(await refused(github, '--operation', 'list_issues')).toContain('1 tool and 15 that are there already');
  });
});

describe('an operation that is asked for', () => {
  test.each([
    [['nothing_like_it'], 'There is no operation "nothing_like_it". --list shows those there are.'],
    [['list_gist'], 'Did you mean '],
    [['list_gists', 'GET /gists'], '--operation names GET /gists twice.'],
    [['list_gists=List Gists'], 'must be lower-case letters'],
    [['list_gists=search_notes'], 'There is a tool search_notes already.'],
    [['list_gists=a_b', 'list_issues=a_b'], 'There is a tool a_b already.'],
    [['create_gists'], "POST /gists needs body.files, which takes or gives any keys, which a closed schema can't say. Leave it out, or write this tool by hand"],
  ])('%j: %s', async (operations, why) => {
    expect(await refused(github, '--operation', ...operations)).toContain(why);
  });

  test.each([
    [['--upstream', 'Git Hub'], '--upstream "Git Hub" must be lower-case words'],
    [['--upstream', 'constructor'], 'must be lower-case words'],
    [['--base-url', 'ftp://x'], 'is not http'],
    [['--base-url', 'https://u:p@x.example'], 'has a password in it'],
    [['--base-url', 'api'], 'is not a whole address'],
    [['--scope', 'two words'], "can't be an OAuth scope"],
  ])('%j is refused', async (flags, why) => {
    expect(await refused(github, '--operation', 'list_gists', ...flags)).toContain(why);
  });

  test('a missing file and a missing repository are told apart', async () => {
    expect((await invoke('mcp-gen', ['add', 'openapi'], { cwd: repo })).code).toBe(2);
    expect(await invoke('mcp-gen', ['add', 'openapi', github, '--operation', 'list_gists'], { cwd: scratch() })).toMatchObject({ code: 2, stderr: expect.stringContaining('No .mcp-gen.json') });
  });
});

test('YAML with anchors and merges of its own is read like JSON', async () => {
  const yaml = `openapi: 3.1.0
info: { title: The Pet Store API v3 }
servers: [{ url: 'https://pets.example.com' }]
paths:
  /pets/{petId}:
    parameters: &id
      - { name: petId, in: path, required: true, schema: { type: [string, 'null'], maxLength: 20 } }
    get:
      summary: Gets one pet.
      responses: { '200': { description: The pet, content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } } }
    put:
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } } }
      responses: { '204': { description: No content } }
components:
  schemas:
    Pet:
      type: object
      required: [name]
      properties:
        id: { type: integer, readOnly: true }
        name: { type: string, minLength: 2, maxLength: 40, description: What it is called. }
        born: { type: string, format: date }
        kind: { enum: [cat, dog, null] }
        weight: { type: number, minimum: 0, maximum: 500 }
        tags: { type: array, items: { type: string, maxLength: 9 }, maxItems: 3 }
        owner: { oneOf: [{ type: string, format: email }, { type: object, properties: { id: { type: string, format: uuid } } }] }
`;
  writeFileSync(path.join(repo, 'pets.yaml'), yaml);
  expect((await add('pets.yaml', '--operation', 'GET /pets/{petId}=get_pet', 'put /pets/{petId}=save_pet', '--scope', 'notes:read')).stderr).toBe('');
  const { 'src/tools/get_pet.ts': get = '', 'src/tools/save_pet.ts': save = '' } = snapshot(repo);
  for (const line of [
    "when: 'Call this to get one pet.'",
    "returns: 'The pet: name, id, born, kind, weight, tags, owner.'",
    "petId: z.string().min(1).max(20).describe('Pet id (at most 20 characters)'),",
    "return callApi(upstream('pet_store'), Output, {",
    "params: { petId: args.petId },",
    "kind: z.string().nullable().optional().describe('Kind'),",
  ]) expect(get).toContain(line);
  for (const line of [
    "idempotency: 'natural',",
    "name: z.string().min(2).max(40).describe('What it is called (at most 40 characters)'),",
    "kind: z.enum(['cat', 'dog']).nullable().optional().describe('Kind'),",
    "weight: z.number().min(0).max(500).optional().describe('Weight (0 to 500)'),",
    "tags: z.array(z.string().max(9)).max(3).optional().describe('Tags (at most 3)'),",
    'owner: z.union([z.email().max(10_000), z.strictObject({',
    "answer: 'nothing',",
  ]) expect(save).toContain(line);
  expect(save).not.toContain('id: args.id');
});
