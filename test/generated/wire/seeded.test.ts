import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { finish } from '../scratch.ts';
import { copyRepo } from './probe.ts';

const repo = (): string => path.join(inject('workspace'), 'wire-seeded');
beforeAll(() => copyRepo('http-notes', repo()));

/** What `npm run lint`, a step of its CI, says of one tool. */
async function lint(imports: string, run: string): Promise<string> {
  const file = path.join(repo(), 'src/tools/search_notes.ts');
  const good = readFileSync(file, 'utf8');
  writeFileSync(file, `${imports}\n${good.replace('{ read, cursors }) {', `{ read, cursors }) {\n    ${run}`)}`);
  return finish('npm', ['run', '--silent', 'lint'], repo()).then(() => 'nothing', String).finally(() => writeFileSync(file, good));
}

describe('the linter of a generated repo', () => {
  test('R048 takes a program that is given its arguments as a list', async () => {
    expect(await lint("import { execFile } from 'node:child_process';", "execFile('git', ['log', '--', query]);")).toBe('nothing');
  });

  test.each([
    ['R048 a shell', "import { exec } from 'node:child_process';", 'exec(`git log ${query}`);', 'use execFile'],
    ['R048 a shell that is waited for', "import { execSync } from 'child_process';", 'execSync(`git log ${query}`);', 'Import node:child_process'],
    ['R048 a shell by another name', "import { exec as go } from 'node:child_process';", 'go(`git log ${query}`);', 'use execFile'],
    ['R048 a shell of the whole module', "import * as child from 'node:child_process';", 'child.exec(`git log ${query}`);', 'use execFile'],
    ['R048 a shell of the default export', "import child from 'node:child_process';", 'child.exec(`git log ${query}`);', 'use execFile'],
    ['a text that is run', '', 'eval(query);', 'no-eval'],
    ['a text that becomes a function', '', 'new Function(query)();', 'no-new-func'],
  ])('R053 fails %s', async (_, imports, run, says) => {
    expect(await lint(imports, run)).toContain(says);
  });
});

describe('the compiler of a generated repo', () => {
  const imports = ["import * as z from 'zod';", "import { definePrompt, defineResource, defineTool } from './mcp.js';", "import type { Principal } from './platform/principal.js';", "import { createServices } from './services/index.js';", "import { createMemoryNotes } from './services/notes.js';", 'void [z, definePrompt, defineResource, defineTool, createServices, createMemoryNotes];', 'void ({} as Principal);'];
  const common = "name: 'x', title: 'X', when: 'Call this.'";
  const resource = (body: string) => `defineResource({ ${common}, returns: 'X.', uri: 'x://x', params: z.strictObject({}), output: z.string(), async read(_, { read, ...rest }) { ${body} return ''; } });`;
  const prompt = (body: string) => `definePrompt({ ${common}, args: z.strictObject({}), async build(_, context) { ${body} return ''; } });`;
  const tool = (body: string) => `defineTool({ ${common}, returns: 'X.', effect: 'read', input: z.strictObject({}), output: z.object({}), async run(_, context) { ${body} return {}; } });`;
  const services = 'const services = createServices({ config: {} as never, log: {} as never });';

  const good = [resource("await read.notes.get('x'); void rest;"), prompt("await context.read.notes.search('', { limit: 1 });"), `${services} void services.read({ tenant: 'acme' } as Principal);`, "void createMemoryNotes()('acme').get('x');"];
  const bad: readonly (readonly [title: string, line: string, says: string])[] = [
    ['R019 a resource that asks for what writes', resource('void rest.write;'), "'write' does not exist"],
    ['R019 a resource that writes through what reads', resource("await read.notes.create({ text: 'x', key: 'k' });"), "'create' does not exist"],
    ['R019 a prompt that asks for what writes', prompt('void context.write;'), "'write' does not exist"],
    ['R019 a tool of effect read that asks for what writes', tool('void context.write;'), "'write' does not exist"],
    ['R130 services that are asked for nobody', `${services} void services.read();`, 'Expected 1 arguments'],
    ['R130 services that are asked to write for nobody', `${services} void services.write();`, 'Expected 1 arguments'],
    ['R130 a caller without a tenant', "export const principal: Principal = { kind: 'user', agent: { clientId: 'a', verified: 'unknown' }, scopes: [], roles: [] };", "'tenant' is missing"],
    ['R130 data without a tenant', 'void createMemoryNotes()();', 'Expected 1 arguments'],
    ['R130 data of everybody', "void createMemoryNotes().get('x');", "'get' does not exist"],
  ];

  let output: string;
  beforeAll(async () => {
    const files = [...good, ...bad.map(([, line]) => line)].map((line, at) => ({ file: path.join(repo(), `src/seeded_${at}.ts`), line }));
    for (const { file, line } of files) writeFileSync(file, [...imports, line].join('\n'));
    output = await finish('npm', ['run', '--silent', 'typecheck'], repo()).then(() => 'nothing', String);
    for (const { file } of files) rmSync(file);
  });
  const saysOf = (at: number) => output.split('\n').filter((line) => line.includes(`src/seeded_${at}.ts`)).join('\n');

  test('takes what only reads, of one tenant', () => {
    expect(good.map((_, at) => saysOf(at))).toEqual(good.map(() => ''));
  });

  test.each(bad.map(([title, , says], at) => [title, says, at] as const))('fails %s', (_, says, at) => {
    expect(saysOf(good.length + at)).toContain(says);
  });
});
