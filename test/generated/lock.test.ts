import { execFile, spawn } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { invoke } from '../cli/invoke.ts';
import { freePort, serverEnv } from './start.ts';
import { copyRepo, writeIndexes } from './wire/probe.ts';
import { until } from './wire/server.ts';

const repo = path.join(inject('workspace'), 'lock');
const file = (name: string) => path.join(repo, name);
const read = (name: string) => readFileSync(file(name), 'utf8');

/** Replaces a text in a file. @throws when it is not there. */
function edit(name: string, from: string | RegExp, to: string): void {
  const before = read(name);
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${name} has no ${from}`);
  writeFileSync(file(name), after);
}

/** One script of the repository, to its end. */
function script(...words: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile('npm', ['run', '--silent', ...words], { cwd: repo }, (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }));
  });
}

describe('R168 npm run lock', () => {
  beforeAll(() => copyRepo('http-notes', repo));

  test('writes what stands there: a fresh repository has nothing to say', async () => {
    const before = read('tools.lock.json');
    expect(await script('lock')).toEqual({ code: 0, output: 'tools.lock.json is what version 0.1.0 offers.\n' });
    expect(read('tools.lock.json')).toBe(before);
  });

  test('takes other words and a new tool as they come, and says what they are', async () => {
    edit('src/tools/search_notes.ts', 'Call this to find notes', 'Use this to find notes');
    await invoke('mcp-gen', ['add', 'tool', 'count_notes'], { cwd: repo });
    const { code, output } = await script('lock');
    expect({ code, lines: output.split('\n').slice(0, 2) }).toEqual({ code: 0, lines: ['minor    tool count_notes: was added', 'patch    tool search_notes: its description changed'] });
  });

  test('refuses a renamed field until the version says that it breaks', async () => {
    edit('src/tools/search_notes.ts', /query/g, 'words');
    const before = read('tools.lock.json');
    const refused = await script('lock');
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('breaking tool search_notes: input.query was removed');
    expect(refused.output).toContain('Set "version": "0.2.0" in package.json');
    expect(read('tools.lock.json')).toBe(before);
    edit('package.json', '"version": "0.1.0"', '"version": "0.1.1"');
    expect((await script('lock')).code).toBe(1);
    edit('package.json', '"version": "0.1.1"', '"version": "0.2.0"');
    expect((await script('lock')).code).toBe(0);
    expect(JSON.parse(read('tools.lock.json'))).toMatchObject({ version: '0.2.0' });
  });

  test('a tool that was renamed keeps its old name: then nothing is broken', async () => {
    edit('src/tools/search_notes.ts', "name: 'search_notes'", "name: 'find_notes'");
    for (const name of ['src/tools/#.ts', 'test/tools/#.test.ts']) renameSync(file(name.replace('#', 'search_notes')), file(name.replace('#', 'find_notes')));
    writeIndexes(repo);
    expect((await script('lock')).output).toContain('breaking tool search_notes: was removed');
    await invoke('mcp-gen', ['add', 'tool', 'search_notes', '--kind', 'alias', '--of', 'find_notes'], { cwd: repo });
    const { code, output } = await script('lock');
    expect({ code, output }).toEqual({ code: 0, output: expect.not.stringContaining('breaking') });
    expect(JSON.parse(read('tools.lock.json'))).toMatchObject({ tools: { search_notes: { description: expect.stringMatching(/^Deprecated: call find_notes instead/) } } });
  });

  test('takes what breaks nobody, because nobody uses it yet', async () => {
    rmSync(file('src/tools/search_notes.ts'));
    rmSync(file('test/tools/search_notes.test.ts'));
    writeIndexes(repo);
    expect((await script('lock')).code).toBe(1);
    expect((await script('lock', '--', '--unreleased')).code).toBe(0);
  });

  test.each([
    ['a version that was not locked', 'package.json', '"version": "0.2.0"', '"version": "0.2.1"'],
    ['a lock edited by hand', 'tools.lock.json', /"hash": "./, '"hash": "x'],
    ['a changed description', 'src/prompts/summarize_notes.ts', 'Use this to get', 'Call this to get'],
    ['a changed resource', 'src/resources/note.ts', 'notes://note/{id}', 'notes://notes/{id}'],
  ])('verify fails for %s', async (_, name, from, to) => {
    const before = read(name);
    edit(name, from, to);
    const { code, output } = await script('test', '--', 'test/contract.test.ts');
    writeFileSync(file(name), before);
    expect(code).toBe(1);
    expect(output).toContain('tools.lock.json is this surface at this version; after a wanted change run: npm run lock');
  });

  test('npm run dev says what a saved change means', async () => {
    // tsx itself, so that ending it ends the server too: npm would have to pass the signal on.
    const [program = '', ...words] = (JSON.parse(read('package.json')) as { scripts: { dev: string } }).scripts.dev.split(' ');
    const dev = spawn(path.join(inject('workspace'), 'node_modules/.bin', program), words, { cwd: repo, env: serverEnv({ PORT: String(await freePort()) }) });
    let output = '';
    for (const stream of [dev.stdout, dev.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    const ended = new Promise((resolve) => dev.once('exit', resolve));
    try {
      await until(() => output.includes('server.listening'), 20_000);
      expect(output).not.toContain('breaking');
      edit('src/tools/create_note.ts', 'max(4_000)', 'max(1_000)');
      await until(() => output.includes('breaking tool create_note: input.text has the maxLength 1000, had 4000'), 20_000);
    } finally {
      dev.kill('SIGTERM');
      await ended;
    }
  });
});
