import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { invoke } from '../cli/invoke.ts';
import { finish } from './scratch.ts';

const workspace = inject('workspace');

const everyType = ['a:string:required', 'b:text', 'c:integer', 'd:number', 'e:boolean', 'f:date', 'g:datetime', 'h:email', 'i:url', 'j:uuid', 'k:open|closed', 'l:string[]'];
const textual = everyType.filter((field) => !/integer|number|boolean|\[\]/.test(field));

/** One of each kind, with everything it can have and with nothing. */
const added: readonly [file: string, argv: readonly string[]][] = [
  ['tools/list_orders', ['tool', 'list_orders', '--field', ...everyType]],
  ['tools/ping_store', ['tool', 'ping_store', '--effect', 'read']],
  ['tools/place_order', ['tool', 'place_order', '--field', 'text:text:required']],
  ['tools/cancel_order', ['tool', 'cancel_order', '--effect', 'destructive', '--field', 'id:uuid:required']],
  ['tools/ship_order', ['tool', 'ship_order', '--kind', 'workflow', '--step', 'reserve_stock', 'book_courier', '--field', 'id:uuid:required']],
  ['tools/void_order', ['tool', 'void_order', '--kind', 'workflow', '--effect', 'destructive', '--step', 'refund_payment', 'reserve_stock']],
  ['tools/get_customer', ['tool', 'get_customer', '--kind', 'upstream', '--upstream', 'crm', '--request', 'GET /customers/{id}/orders', '--field', 'id:uuid:required', 'page:integer', 'status:open|closed']],
  ['tools/rate_order', ['tool', 'rate_order', '--kind', 'upstream', '--upstream', 'crm', '--request', 'POST /ratings', '--field', 'stars:integer:required', 'tags:string[]']],
  ['tools/drop_customer', ['tool', 'drop_customer', '--kind', 'upstream', '--upstream', 'crm', '--request', 'DELETE /customers/{id}']],
  ['tools/send_order', ['tool', 'send_order', '--kind', 'alias', '--of', 'ship_order']],
  ['resources/order', ['resource', 'order', '--uri', 'shop://order/{id}/{line}', '--field', 'id:uuid:required']],
  ['resources/opening_hours', ['resource', 'opening_hours', '--uri', 'shop://opening-hours']],
  ['prompts/summarize_orders', ['prompt', 'summarize_orders', '--field', ...textual]],
  ['prompts/greet', ['prompt', 'greet']],
];

const unscoped = new Set(['tools/ping_store', 'prompts/greet', 'tools/send_order']);

interface Report {
  readonly testResults: readonly { readonly name: string; readonly assertionResults: readonly { readonly title: string; readonly status: string }[] }[];
}

/** Titles of the failed tests by file, below `test/` and without its ending. */
async function failures(repo: string): Promise<Record<string, string[]>> {
  const report = path.join(repo, 'report.json');
  await finish('npx', ['vitest', 'run', '--reporter=json', `--outputFile=${report}`, 'test/tools', 'test/resources', 'test/prompts'], repo).catch(() => undefined);
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const failed = testResults.map(({ name, assertionResults }) => [path.relative(path.join(repo, 'test'), name).replace('.test.ts', ''), assertionResults.filter(({ status }) => status === 'failed').map(({ title }) => title)] as const);
  return Object.fromEntries(failed.filter(([, titles]) => titles.length > 0));
}

/** Rewrites every added definition, tests what is there then, and puts it back. */
async function mutated(repo: string, mutate: (source: string) => string): Promise<Record<string, string[]>> {
  const sources = added.map(([file]) => [path.join(repo, `src/${file}.ts`), readFileSync(path.join(repo, `src/${file}.ts`), 'utf8')] as const);
  try {
    for (const [file, source] of sources) writeFileSync(file, mutate(source));
    return await failures(repo);
  } finally {
    for (const [file, source] of sources) writeFileSync(file, source);
  }
}

/** A copy of a generated repository with everything added to it, and its lock written anew. */
async function extended(base: string, scopes: readonly string[]): Promise<string> {
  const repo = path.join(workspace, `${base}-added`);
  cpSync(path.join(workspace, base), repo, { recursive: true });
  for (const [file, argv] of added) {
    const scoped = unscoped.has(file) ? [] : ['--scope', ...scopes];
    expect(await invoke('mcp-gen', ['add', ...argv, ...scoped], { cwd: repo })).toMatchObject({ code: 0, stderr: '' });
  }
  await finish('npm', ['run', '--silent', 'lock'], repo);
  return repo;
}

describe('items added to a repository', () => {
  let repo: string;
  beforeAll(async () => {
    repo = await extended('http-notes', ['notes:read']);
  });

  test.each([
    ['with an example', () => repo],
    ['without one', () => extended('stdio-empty', ['orders:read'])],
    ['that people sign in to', () => extended('auth-oidc', ['notes:read'])],
  ])('R166 %s pass lint, types, their own tests and the contract at once', async (_, of) => {
    const at = await of();
    for (const script of ['lint', 'typecheck', 'test']) await finish('npm', ['run', '--silent', script], at);
  });

  test('R166 a broken handler is seen by the test of each item', async () => {
    const failed = await mutated(repo, (source) => source.replace(/return \{ summary: `\w+ got/, 'return { summary: `nothing got').replace(/return \[\n +'/, "return [\n'x").replace(/path: '\/(\w+)/g, "path: '/v0/$1").replace(/async reserve_stock/, 'async reserved_stock').replace(/deprecatedName\((.*), tool\)/, '{ ...tool, name: $1 }'));
    expect(Object.keys(failed).toSorted()).toEqual(added.map(([file]) => file).toSorted());
  });

  test.each([
    ['R027 steps that go on after one that failed', /throw stoppedAt\(name, done, error\);/, ''],
    ['R028 steps that are done when they were only to be told', "if (dryRun) return { status: 'dry_run', steps: names };", ''],
    ['R029 a result that does not work and is called done', "(await healthy()) ? 'done' : 'unhealthy'", "'done'"],
  ])('%s are seen by the tests of the repository', async (_, from, to) => {
    const file = path.join(repo, 'src/steps.ts');
    const before = readFileSync(file, 'utf8');
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    writeFileSync(file, after);
    try {
      await expect(finish('npx', ['vitest', 'run', 'test/steps.test.ts'], repo)).rejects.toThrow(/failed/);
    } finally {
      writeFileSync(file, before);
    }
  });

  test('R166 a schema that takes anything is seen by the test of each item', async () => {
    const failed = await mutated(repo, (source) => source.replace(/z\.strictObject\(/g, 'z.looseObject(').replace(/: z\.(?!object|looseObject)[^;]*?\.describe\(/g, ': z.any().describe('));
    expect(Object.keys(failed).toSorted()).toEqual(added.map(([file]) => file).filter((file) => file !== 'resources/opening_hours' && file !== 'tools/send_order').toSorted());
  });

  test('R166 a forgotten scope is seen by the test of each item that has one', async () => {
    const failed = await mutated(repo, (source) => source.replace(/scopes: \[[^\]]*\]/, 'scopes: []'));
    expect(Object.values(failed).flat().filter((title) => title !== 'refuses a caller without its scope')).toEqual([]);
    expect(Object.keys(failed).toSorted()).toEqual(added.map(([file]) => file).filter((file) => !unscoped.has(file)).toSorted());
  });
});
