import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, createWords, unavailable, unshare } from '../tree/command.ts';
import type { CommandEnded } from '../tree/command.ts';
import { fill, folder, snapshot } from '../tree/fixture.ts';
import { script, trap } from './stubs.ts';

const hasGit = spawnSync('git', ['--version']).status === 0;

function create(cwd: string, env: Readonly<Record<string, string | undefined>> = {}, ...flags: string[]): Promise<CommandEnded> {
  return command([...createWords, 'notes', '--yes', '--auth', 'none', '--no-install', ...flags], cwd, { HOME: cwd, XDG_CONFIG_HOME: cwd, GIT_CONFIG_NOSYSTEM: '1', GIT_CEILING_DIRECTORIES: path.dirname(cwd), ...env });
}

function git(cwd: string, ...argv: string[]): string {
  const { stdout } = spawnSync('git', argv, { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: cwd } });
  return stdout.trim();
}

const everyHook = ['pre-commit', 'post-checkout', 'post-index-change', 'reference-transaction', 'fsmonitor-watchman'];

describe('git init', () => {
  test('S159 makes a plain repository on the branch main', async () => {
    if (!hasGit) return unavailable('git');
    const cwd = folder();
    const { code, stderr } = await create(cwd, {});
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(git(path.join(cwd, 'notes'), 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(git(path.join(cwd, 'notes'), 'rev-parse', '--show-toplevel')).toBe(path.join(cwd, 'notes'));
  });

  const ways: readonly [title: string, config: (cwd: string) => string, env: (cwd: string) => Record<string, string>][] = [
    ['init.templateDir of the user', (cwd) => `[init]\n\ttemplateDir = ${cwd}/template\n`, () => ({})],
    ['core.hooksPath of the user', (cwd) => `[core]\n\thooksPath = ${cwd}/template/hooks\n`, () => ({})],
    ['GIT_TEMPLATE_DIR', () => '', (cwd) => ({ GIT_TEMPLATE_DIR: `${cwd}/template` })],
    ['GIT_CONFIG_PARAMETERS', () => '', (cwd) => ({ GIT_CONFIG_PARAMETERS: `'core.hooksPath=${cwd}/template/hooks' 'init.templateDir=${cwd}/template'` })],
    ['GIT_CONFIG_COUNT', () => '', (cwd) => ({ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'init.templateDir', GIT_CONFIG_VALUE_0: `${cwd}/template` })],
  ];
  test.each(ways)('S159 takes no template and runs no hook of %s', async (_, config, env) => {
    if (!hasGit) return unavailable('git');
    const cwd = folder();
    fill(cwd, { '.gitconfig': config(cwd), 'template/from-template': 'x' });
    for (const hook of everyHook) trap(path.join(cwd, 'template/hooks'), hook, path.join(cwd, 'canary'));
    const { code, stderr } = await create(cwd, env(cwd));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(existsSync(path.join(cwd, 'canary'))).toBe(false);
    const made = Object.keys(snapshot(path.join(cwd, 'notes/.git')));
    expect(made).toContain('HEAD');
    expect(made.filter((file) => file.startsWith('hooks/') || file === 'from-template')).toEqual([]);
    expect(readFileSync(path.join(cwd, 'notes/.git/config'), 'utf8')).not.toMatch(/hooksPath|template/i);
  });

  test('S159 passes git no hooks and no template, whatever its version makes of them', async () => {
    const cwd = folder();
    script(path.join(cwd, 'bin'), 'git', [`echo "$*" >> '${cwd}/calls'`, '[ "$1" = rev-parse ] && echo "fatal: not a git repository" >&2 && exit 128', 'exit 0']);
    expect((await create(cwd, { PATH: `${cwd}/bin` })).code).toBe(0);
    expect(readFileSync(path.join(cwd, 'calls'), 'utf8').split('\n')[1]).toBe('-c core.hooksPath=/dev/null -c init.defaultBranch=main init --quiet --template=');
  });

  test.each([
    ['GIT_DIR', (cwd: string) => ({ GIT_DIR: `${cwd}/other/.git` })],
    ['GIT_DIR and GIT_WORK_TREE', (cwd: string) => ({ GIT_DIR: `${cwd}/other/.git`, GIT_WORK_TREE: `${cwd}/other`, GIT_INDEX_FILE: `${cwd}/other/.git/index` })],
    ['GIT_OBJECT_DIRECTORY', (cwd: string) => ({ GIT_OBJECT_DIRECTORY: `${cwd}/other/.git/objects`, GIT_COMMON_DIR: `${cwd}/other/.git` })],
  ])('S159 does not obey %s', async (_, env) => {
    if (!hasGit) return unavailable('git');
    const cwd = folder();
    git(fill(cwd, { 'other/': '' }), 'init', '-q', 'other');
    const other = snapshot(path.join(cwd, 'other'));
    expect((await create(cwd, env(cwd))).code).toBe(0);
    expect(snapshot(path.join(cwd, 'other'))).toEqual(other);
    expect(Object.keys(snapshot(path.join(cwd, 'notes/.git')))).toEqual(expect.arrayContaining(['HEAD', 'config', 'objects', 'refs']));
  });

  test.each([
    ['a work tree', '.', '.'],
    ['a work tree, several folders up', '.', 'packages/deep'],
    ['a folder that a link in a work tree leads to', 'repo', 'link'],
  ])('S159 never makes one inside %s', async (_, repo, below) => {
    if (!hasGit) return unavailable('git');
    const cwd = fill(folder(), { 'packages/deep/': '', 'repo/': '' });
    git(cwd, 'init', '-q', repo);
    if (below === 'link') symlinkSync('repo', path.join(cwd, 'link'));
    const before = snapshot(path.join(cwd, repo, '.git'));
    const { code, stderr } = await command([...createWords, path.join(below, 'notes'), '--yes', '--auth', 'none', '--no-install'], cwd, { HOME: cwd });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(existsSync(path.join(cwd, below, 'notes/package.json'))).toBe(true);
    expect(existsSync(path.join(cwd, below, 'notes/.git'))).toBe(false);
    expect(snapshot(path.join(cwd, repo, '.git'))).toEqual(before);
  });

  test('S159 never makes one in a work tree that git does not trust, and says that it failed', async () => {
    if (!hasGit) return unavailable('git');
    const cwd = folder();
    git(cwd, 'init', '-q');
    const { code, stderr } = await create(cwd, { GIT_TEST_ASSUME_DIFFERENT_OWNER: '1', LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de' });
    expect(code).toBe(0);
    expect(stderr).toContain('git init failed');
    expect(existsSync(path.join(cwd, 'notes/.git'))).toBe(false);
  });

  test('S159 understands a git that speaks another language', async () => {
    const cwd = folder();
    script(path.join(cwd, 'bin'), 'git', ['[ "$1" = -c ] && exit 0', '[ "$LC_ALL" = C ] && echo "fatal: not a git repository" >&2 || echo "Schwerwiegend: Kein Git-Repository" >&2', 'exit 128']);
    expect((await create(cwd, { PATH: path.join(cwd, 'bin'), LC_ALL: 'de_DE.UTF-8' })).stderr).toBe('');
  });

  test.each([
    ['a repository', (at: string) => void git(at, 'init', '-q', '-b', 'trunk')],
    ['an empty folder', (at: string) => void fill(at, { '.git/': '' })],
    ['a pointer to nowhere', (at: string) => void fill(at, { '.git': 'gitdir: /nowhere\n' })],
    ['a dangling link', (at: string) => symlinkSync('nowhere', path.join(at, '.git'))],
  ])('S159 leaves a .git that is %s as it is', async (_, make) => {
    if (!hasGit) return unavailable('git');
    const cwd = fill(folder(), { 'notes/': '' });
    make(path.join(cwd, 'notes'));
    const ours = (): [string, string][] => Object.entries(snapshot(path.join(cwd, 'notes'))).filter(([file]) => /^\.git($|\/)/.test(file));
    const before = ours();
    expect(before.length).toBeGreaterThan(0);
    const { code, stderr } = await create(cwd, {});
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(ours()).toEqual(before);
  });

  test('S159 is said to be left out where git is missing; the repository is complete', async () => {
    const cwd = fill(folder(), { 'bin/': '' });
    const { code, stderr } = await create(cwd, { PATH: path.join(cwd, 'bin') });
    expect(code).toBe(0);
    expect(stderr).toBe('warning: git was not found: no repository was initialised.\n');
    expect(existsSync(path.join(cwd, 'notes/package.json'))).toBe(true);
  });

  test('S159 is said to have failed where git fails; the repository is complete', async () => {
    const cwd = folder();
    script(path.join(cwd, 'bin'), 'git', ['[ "$1" = rev-parse ] && echo "fatal: not a git repository" >&2', 'exit 128']);
    const { code, stderr } = await create(cwd, { PATH: path.join(cwd, 'bin') });
    expect(code).toBe(0);
    expect(stderr).toBe('warning: git init failed: no repository was initialised.\n');
  });

  test('S159 needs no room in the folder for temporary files', async () => {
    if (!hasGit) return unavailable('git');
    const cwd = folder();
    const { code, stderr } = await create(cwd, { TMPDIR: path.join(cwd, 'missing') });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(existsSync(path.join(cwd, 'notes/.git/HEAD'))).toBe(true);
  });

  test('S141 a cancelled git init exits 130 and says that the repository is complete', async () => {
    const cwd = folder();
    // It cancels the run that started it, as Ctrl-C would, and would go on for ever itself.
    script(path.join(cwd, 'bin'), 'git', ['kill -INT $PPID', 'exec /bin/sleep 20']);
    const { code, stderr } = await create(cwd, { PATH: path.join(cwd, 'bin') });
    expect(stderr).toContain(`The repository is complete in ${path.join(cwd, 'notes')}`);
    expect(code).toBe(130);
    expect(existsSync(path.join(cwd, 'notes/package.json'))).toBe(true);
  });

  test('S165 needs no network', async () => {
    const offline = unshare('--net');
    if (offline === undefined || !hasGit) return unavailable('git, and unshare with network namespaces');
    const cwd = folder();
    const { code } = await command([...offline, ...createWords, 'notes', '--yes', '--auth', 'none', '--no-install'], cwd, { HOME: cwd });
    expect(code).toBe(0);
    expect(existsSync(path.join(cwd, 'notes/.git/HEAD'))).toBe(true);
  });
});
