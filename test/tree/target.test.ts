import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/error.ts';
import { Tree } from '../../src/tree/tree.ts';
import { command, createWords } from './command.ts';
import type { CommandEnded } from './command.ts';
import { fill, folder, leftovers, snapshot } from './fixture.ts';

function create(cwd: string, ...argv: string[]): Promise<CommandEnded> {
  return command([...createWords, ...argv, '--yes', '--no-install', '--no-git'], cwd);
}

describe('an existing directory', () => {
  test.each([
    ['a file', { 'notes/todo.txt': 'mine' }, '"todo.txt"'],
    ['a hidden file', { 'notes/.env': 'SECRET=1' }, '".env"'],
    ['an empty folder', { 'notes/src/': '' }, '"src"'],
    ['.git and a file', { 'notes/.git/HEAD': 'x', 'notes/a': '' }, '"a"'],
    ['a file that only looks like a staging folder', { 'notes/backup.mcp-gen-1': 'mine' }, '"backup.mcp-gen-1"'],
  ])('S138 with %s is refused and stays as it is', async (_, files, named) => {
    const cwd = fill(folder(), files);
    const before = snapshot(cwd);
    const { code, stdout, stderr } = await create(cwd, 'notes');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`is not empty: it holds ${named}`);
    expect(stderr).toContain('--overwrite');
    expect(snapshot(cwd)).toEqual(before);
  });

  test('S138 is refused with the list of what --overwrite would replace, and --yes is not --overwrite', async () => {
    const cwd = fill(folder(), { 'notes/README.md': 'mine', 'notes/src/server.ts': 'mine', 'notes/src/own.ts': 'mine' });
    const { code, stderr } = await create(cwd, 'notes');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--overwrite to replace README\.md, src\/server\.ts\.\n/);
  });

  test('S138 --overwrite lists what it replaces, replaces only that, and leaves every other file alone', async () => {
    const cwd = fill(folder(), { 'notes/README.md': 'mine', 'notes/src/server.ts': 'mine', 'notes/src/own.ts': 'mine', 'notes/.git/HEAD': 'x', 'notes/empty/': '' });
    const before = snapshot(path.join(cwd, 'notes'));
    const { code, stdout } = await create(cwd, 'notes', '--overwrite');
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.startsWith('overwrite '))).toEqual(['overwrite README.md', 'overwrite src/server.ts']);
    const after = snapshot(path.join(cwd, 'notes'));
    const changed = Object.keys(before).filter((file) => after[file] !== before[file]);
    expect(changed).toEqual(['README.md', 'src/server.ts']);
    expect(leftovers(cwd)).toEqual([]);
  });

  test('S138 --overwrite with --json names what it replaces and what is identical', async () => {
    const cwd = folder();
    await create(cwd, 'notes');
    fill(cwd, { 'notes/README.md': 'mine' });
    const { stdout } = await create(cwd, 'notes', '--overwrite', '--json');
    const { files } = JSON.parse(stdout) as { files: { path: string; action: string }[] };
    expect(files.filter((file) => file.action !== 'identical')).toEqual([{ path: 'README.md', action: 'overwrite' }]);
  });

  test.each([
    ['empty', { 'notes/': '' }, ['--no-git']],
    ['holds only .git', { 'notes/.git/HEAD': 'ref: refs/heads/trunk\n', 'notes/.git/hooks/pre-commit': 'exit 1\n', 'notes/.git/refs/': '' }, []],
    ['holds only a .git file', { 'notes/.git': 'gitdir: /nowhere\n' }, []],
    ['holds only an .git that git does not understand', { 'notes/.git/': '' }, []],
  ])('S138 that is or %s is filled, and .git stays as it is', async (_, files, flags) => {
    const cwd = fill(folder(), files);
    const before = snapshot(cwd);
    // With git: it must not touch a .git that it did not make.
    const { code } = await command([...createWords, 'notes', '--yes', '--no-install', ...flags], cwd);
    expect(code).toBe(0);
    const after = snapshot(cwd);
    expect(after['notes/package.json']).toBeDefined();
    const git = Object.keys(before).filter((file) => file.startsWith('notes/.git'));
    for (const file of git) expect(after[file]).toBe(before[file]);
    expect(Object.keys(after).filter((file) => /^notes\/\.git($|\/)/.test(file))).toEqual(git);
    expect(leftovers(cwd)).toEqual([]);
  });

  test('S138 that is the current one is filled', async () => {
    const cwd = folder();
    mkdirSync(path.join(cwd, 'notes'));
    const { code } = await create(path.join(cwd, 'notes'), '.');
    expect(code).toBe(0);
    expect(snapshot(cwd)['notes/package.json']).toBeDefined();
    expect(leftovers(cwd)).toEqual([]);
  });

  test.each(['.git/hooks/pre-commit', '.GIT/config', 'vendor/.git/config', '../out', 'a/../../out', '/etc/passwd', 'C:/x', 'a\\..\\b', 'a//b', './a', '', 'a\0b'])(
    'S138 a plan can never hold the path %j',
    (at) => {
      expect(() => new Tree().add(at, 'x')).toThrow(UserError);
    },
  );
});

describe('a target that is not a directory', () => {
  const rows: readonly [title: string, named: string, make: (cwd: string) => void, says: string][] = [
    ['a file', 'notes', (cwd) => fill(cwd, { notes: 'mine' }), 'is a file'],
    ['below a file', 'notes/deep/er', (cwd) => fill(cwd, { notes: 'mine' }), 'is not a directory'],
    ['a symbolic link to a directory', 'notes', (cwd) => symlinkSync('real', path.join(fill(cwd, { 'real/': '' }), 'notes')), 'is a symbolic link'],
    ['a symbolic link to a directory, with a slash', 'notes/', (cwd) => symlinkSync('real', path.join(fill(cwd, { 'real/': '' }), 'notes')), 'is a symbolic link'],
    ['a symbolic link to a file', 'notes', (cwd) => symlinkSync('real', path.join(fill(cwd, { real: 'mine' }), 'notes')), 'is a symbolic link'],
    ['a dangling symbolic link', 'notes', (cwd) => symlinkSync('nowhere', path.join(cwd, 'notes')), 'points nowhere'],
    ['a symbolic link to itself', 'notes', (cwd) => symlinkSync('notes', path.join(cwd, 'notes')), 'is a symbolic link'],
    ['below a dangling symbolic link', 'notes/server', (cwd) => symlinkSync('nowhere', path.join(cwd, 'notes')), 'is not a directory'],
    ['below a symbolic link to itself', 'notes/server', (cwd) => symlinkSync('notes', path.join(cwd, 'notes')), 'notes'],
    ['below a symbolic link to a file', 'notes/server', (cwd) => symlinkSync('real', path.join(fill(cwd, { real: 'mine' }), 'notes')), 'is not a directory'],
  ];
  test.each(rows.flatMap(([title, named, make, says]) => [{ title, named, make, says, flags: [] as string[] }, { title, named, make, says, flags: ['--overwrite'] }]))(
    'S139 refuses one that is $title $flags',
    async ({ named, make, says, flags }) => {
      const cwd = folder();
      make(cwd);
      const before = snapshot(cwd);
      const { code, stdout, stderr } = await create(cwd, named, ...flags);
      expect(stderr).toContain(says);
      expect(stderr).not.toContain('fault of create-mcp-server');
      expect(code).toBe(says === 'notes' ? 1 : 2);
      expect(stdout).toBe('');
      expect(snapshot(cwd)).toEqual(before);
    },
  );

  test('S139 a symbolic link is refused with the real path to name instead', async () => {
    const cwd = fill(folder(), { 'real/': '' });
    symlinkSync('real', path.join(cwd, 'notes'));
    expect((await create(cwd, 'notes')).stderr).toContain(`Name the real path: ${path.join(cwd, 'real')}\n`);
  });

  test.each([
    ['a new directory', {}],
    ['an empty directory', { 'real/server/': '' }],
  ])('S139 %s below a linked parent is made at the real path, which is shown', async (_, files) => {
    const cwd = fill(folder(), { 'real/': '', ...files });
    symlinkSync('real', path.join(cwd, 'link'));
    const { code, stdout } = await create(cwd, 'link/server');
    expect(code).toBe(0);
    expect(stdout).toContain(`in ${path.join(realpathSync(cwd), 'real/server')}\n`);
    expect(snapshot(cwd)['link']).toBe('link to real');
    expect(snapshot(cwd)['real/server/package.json']).toBeDefined();
  });

  test.each([
    ['a file of the plan is a symbolic link', 'README.md', 'is a symbolic link'],
    ['a folder of the plan is a symbolic link', 'src', 'is a symbolic link'],
  ])('S139 --overwrite is refused when %s, and what it points to stays as it is', async (_, at, says) => {
    const cwd = fill(folder(), { 'notes/own': 'mine', 'outside/file': 'mine' });
    symlinkSync(at === 'src' ? '../outside' : '../outside/file', path.join(cwd, 'notes', at));
    const before = snapshot(cwd);
    const { code, stderr } = await create(cwd, 'notes', '--overwrite');
    expect(code).toBe(1);
    expect(stderr).toContain(says);
    expect(snapshot(cwd)).toEqual(before);
  });

  test.each([
    ['a folder stands where a file belongs', { 'notes/README.md/mine': 'mine' }],
    ['a file stands where a folder belongs', { 'notes/src': 'mine' }],
  ])('S139 --overwrite is refused when %s', async (_, files) => {
    const cwd = fill(folder(), files);
    const before = snapshot(cwd);
    const { code, stderr } = await create(cwd, 'notes', '--overwrite');
    expect(code).toBe(1);
    expect(stderr).toContain('is in the way');
    expect(snapshot(cwd)).toEqual(before);
  });
});
