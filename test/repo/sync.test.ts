import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { renderIndex } from '../../src/repo/index-files.ts';
import { run } from '../cli/spawn.ts';

let repo: string;
beforeEach(async () => {
  const cwd = mkdtempSync(path.join(tmpdir(), 'sync-'));
  await run('create', ['notes-server', '--yes', '--no-install', '--no-git'], { cwd });
  repo = path.join(cwd, 'notes-server');
});
afterEach(() => rmSync(path.dirname(repo), { recursive: true, force: true }));

const index = () => readFileSync(path.join(repo, 'src/tools/index.ts'), 'utf8');

describe('mcp-gen sync', () => {
  test('finds nothing to do in a fresh repository', async () => {
    const ended = await run('gen', ['sync', '--check'], { cwd: repo });
    expect(ended).toMatchObject({ code: 0, stdout: 'The index files are up to date.\n' });
  });

  test('R035 brings added, renamed and deleted files into the index, from any folder of the repository', async () => {
    cpSync(path.join(repo, 'src/tools/search_notes.ts'), path.join(repo, 'src/tools/crm.find-user.ts'));
    rmSync(path.join(repo, 'src/tools/delete_note.ts'));
    expect(await run('gen', ['sync'], { cwd: path.join(repo, 'src/tools') })).toMatchObject({ code: 0 });
    expect(index()).toContain("import createNote from './create_note.js';\nimport crmFindUser from './crm.find-user.js';\nimport searchNotes from './search_notes.js';\n");
    expect(index()).toContain('export const tools = [createNote, crmFindUser, searchNotes];');
  });

  test.each(['--check', '--dry-run', '--diff'])('%s writes nothing', async (flag) => {
    rmSync(path.join(repo, 'src/tools/delete_note.ts'));
    const before = index();
    const { code, stdout } = await run('gen', ['sync', flag], { cwd: repo });
    expect(code).toBe(flag === '--check' ? 3 : 0);
    expect(stdout).toContain('src/tools/index.ts');
    expect(index()).toBe(before);
  });

  test('--json prints one document, and --check still exits with 3', async () => {
    rmSync(path.join(repo, 'src/tools/delete_note.ts'));
    const { code, stdout } = await run('gen', ['sync', '--check', '--json'], { cwd: repo });
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, files: [{ action: 'identical' }, { action: 'identical' }, { path: 'src/tools/index.ts', action: 'overwrite' }] });
  });

  test.each([
    ['outside of a generated repository', undefined],
    ['with a broken manifest', '{'],
  ])('refuses %s', async (_, manifest) => {
    const file = path.join(repo, '.mcp-gen.json');
    if (manifest === undefined) rmSync(file);
    else writeFileSync(file, manifest);
    const { code, stderr } = await run('gen', ['sync'], { cwd: repo });
    expect(code).toBe(2);
    expect(stderr).toMatch(/\.mcp-gen\.json/);
  });

  test('names every file by a binding of its own, whatever the file is called', () => {
    const files = ['a-b', 'a_b', 'class', '7up', 'tools', 'aB'];
    const text = renderIndex('tools', files.map((file) => `src/tools/${file}.ts`));
    const bindings = [...text.matchAll(/^import (\S+) from/gm)].map(([, binding]) => binding);
    expect(new Set(bindings).size).toBe(files.length);
    expect(bindings.every((binding) => /^[A-Za-z_]\w*$/.test(binding ?? ''))).toBe(true);
  });
});
