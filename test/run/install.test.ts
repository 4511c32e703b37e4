import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageManagers } from '../../src/features/index.ts';
import { install } from '../../src/run/install.ts';
import { command, createWords, unavailable } from '../tree/command.ts';
import type { CommandEnded } from '../tree/command.ts';
import { fill, folder } from '../tree/fixture.ts';
import { plainEnv } from '../cli/spawn.ts';
import { noted, recorder, script, trap } from './stubs.ts';

const never = new AbortController().signal;

/** A folder whose `bin` is all that is on PATH besides the system's own. */
function scene(): { cwd: string; bin: string; notes: string; canary: string; env: Record<string, string> } {
  const cwd = folder();
  const bin = path.join(cwd, 'bin');
  mkdirSync(bin);
  return { cwd, bin, notes: path.join(cwd, 'noted'), canary: path.join(cwd, 'canary'), env: { PATH: [bin, '/usr/bin', '/bin'].join(path.delimiter), HOME: cwd } };
}

function create(cwd: string, env: Readonly<Record<string, string | undefined>>, ...flags: string[]): Promise<CommandEnded> {
  return command([...createWords, 'notes', '--yes', '--auth', 'none', '--no-git', ...flags], cwd, env);
}

/** Shell that waits, not for ever, until a test of the file system holds. */
function wait(condition: string): string {
  return `tries=0; until [ ${condition} ] || [ $tries -ge 200 ]; do tries=$((tries + 1)); /bin/sleep 0.1; done`;
}

/** A process that has ended but that nobody has collected yet does not run. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}/stat`) || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Scripts of a package.json that each leave a file behind in the folder above. */
function canaries(name: string): Record<string, string> {
  return Object.fromEntries(['preinstall', 'install', 'postinstall', 'prepare'].map((event) => [event, `node -e "require('fs').writeFileSync('../ran-${name}-${event}','')"`]));
}

describe('the install', () => {
  test.each([
    ['npm', '10.0.0', ['install', '--ignore-scripts', '--no-audit', '--no-fund']],
    ['pnpm', '10.0.0', ['install', '--ignore-scripts']],
    ['yarn', '4.18.1', ['install']],
    ['yarn', '1.22.22', ['install', '--ignore-scripts']],
    ['bun', '1.3.0', ['install', '--ignore-scripts']],
  ])('S158 %s %s is called in the repository with scripts off, by flag or by setting, and leaves package.json alone', async (id, version, argv) => {
    const { cwd, bin, notes, env } = scene();
    recorder(bin, id, notes, { version });
    const { code, stderr } = await create(cwd, env, '--package-manager', id);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const call = noted(notes);
    expect(call?.argv).toEqual(argv);
    expect(call?.cwd).toBe(path.join(cwd, 'notes'));
    expect(call?.env).toMatchObject({ YARN_ENABLE_SCRIPTS: 'false', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false', COREPACK_ENABLE_AUTO_PIN: '0' });
    expect(readdirSync(path.join(cwd, 'notes')).filter((file) => file.endsWith('.log'))).toEqual([]);
  });

  test('S158 with the real npm, no script of a dependency nor of the repository runs', async () => {
    if (spawnSync('npm', ['--version']).status !== 0) return unavailable('npm');
    const cwd = fill(folder(), {
      'dep/package.json': JSON.stringify({ name: 'dep', version: '1.0.0', scripts: canaries('dep') }),
      'notes/package.json': JSON.stringify({ name: 'notes', version: '1.0.0', private: true, dependencies: { dep: 'file:../dep' }, scripts: canaries('notes') }),
    });
    const notes = path.join(cwd, 'notes');
    const env = plainEnv({ HOME: cwd, npm_config_cache: path.join(cwd, 'cache'), npm_config_offline: 'true', npm_config_ignore_scripts: 'false', npm_config_update_notifier: 'false' });
    const lines: string[] = [];
    const outcome = await install(packageManagers[0], notes, env, never, (line) => lines.push(line));
    expect({ status: outcome.status, lines }).toMatchObject({ status: 'installed' });
    expect(existsSync(path.join(notes, 'node_modules/dep/package.json'))).toBe(true);
    expect(readdirSync(cwd).filter((file) => file.startsWith('ran-'))).toEqual([]);
  }, 60_000);

  test('that fails keeps the repository and the whole log, says how to go on, and exits 1', async () => {
    const { cwd, bin, notes, env } = scene();
    recorder(bin, 'npm', notes, { lines: ['echo "to stdout"', 'echo "to stderr" >&2', 'exit 7'] });
    const { code, stdout, stderr } = await create(cwd, env);
    const log = path.join(cwd, 'notes/install.log');
    expect(code).toBe(1);
    expect(stderr).toContain(`npm install failed; its output is in ${log}.`);
    expect(stderr).toContain('Run: cd notes && npm install');
    expect(readFileSync(log, 'utf8').split('\n').toSorted()).toEqual(['', 'to stderr', 'to stdout']);
    expect(existsSync(path.join(cwd, 'notes/package.json'))).toBe(true);
    expect(stdout).not.toContain('Next:');
  });

  test('that fails with --json is one document with the code install_failed', async () => {
    const { cwd, bin, notes, env } = scene();
    recorder(bin, 'npm', notes, { lines: ['echo noise', 'exit 1'] });
    const { code, stdout } = await create(cwd, env, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'install_failed' } });
  });

  test('that can not even start keeps the reason in the log', async () => {
    const { cwd, bin, env } = scene();
    script(bin, 'npm', [''], '/nowhere/node');
    const { code, stderr } = await create(cwd, env);
    expect(code).toBe(1);
    expect(stderr).toContain('npm install failed');
    expect(readFileSync(path.join(cwd, 'notes/install.log'), 'utf8')).toContain('ENOENT');
  });

  test('whose package manager is missing keeps the repository, names it, and exits 1', async () => {
    const { cwd, env } = scene();
    const { code, stderr } = await create(cwd, { ...env, PATH: path.join(cwd, 'bin') }, '--package-manager', 'bun');
    expect(code).toBe(1);
    expect(stderr).toBe(`error: bun was not found on this machine.\nThe repository is complete in ${path.join(cwd, 'notes')}. Run: cd notes && bun install\n`);
    expect(existsSync(path.join(cwd, 'notes/package.json'))).toBe(true);
    expect(existsSync(path.join(cwd, 'notes/install.log'))).toBe(false);
  });

  test('leaves an install.log of the user alone, whether it succeeds or fails', async () => {
    const { cwd, bin, notes, env } = scene();
    fill(cwd, { 'notes/install.log': 'mine' });
    for (const ending of ['exit 0', 'echo broken; exit 1']) {
      recorder(bin, 'npm', notes, { lines: [ending] });
      const { stderr } = await create(cwd, env, '--overwrite');
      expect(readFileSync(path.join(cwd, 'notes/install.log'), 'utf8')).toBe('mine');
      const [, log = ''] = /output is in (\S+)\.\n/.exec(stderr) ?? [];
      expect(log === '' ? '' : readFileSync(log, 'utf8')).toBe(ending === 'exit 0' ? '' : 'broken\n');
    }
  });

  test('writes its log through no link', async () => {
    const { cwd, bin, notes, env } = scene();
    fill(cwd, { 'notes/own': '', victim: 'mine' });
    symlinkSync('../victim', path.join(cwd, 'notes/install.log'));
    recorder(bin, 'npm', notes, { lines: ['echo broken', 'exit 1'] });
    await create(cwd, env, '--overwrite');
    expect(readFileSync(path.join(cwd, 'victim'), 'utf8')).toBe('mine');
  });

  const cancelling: readonly [title: string, lines: (cwd: string) => string[]][] = [
    ['that ends at once', () => ['kill -INT $PPID', 'exec /bin/sleep 20']],
    ['that goes on in a child, as a version manager\'s shim does', (cwd) => [`/bin/sh -c 'echo $$ > ${cwd}/child; exec /bin/sleep 60' &`, wait(`-s '${cwd}/child'`), 'kill -INT $PPID', 'wait']],
    ['that does not listen', (cwd) => [`trap '' TERM INT`, `echo $$ > '${cwd}/child'`, 'kill -INT $PPID', 'for second in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do /bin/sleep 1; done']],
    ['twice, as npx passes it on', () => [`trap 'kill -INT $PPID; exit 1' TERM`, 'kill -INT $PPID', wait('-e /nowhere')]],
  ];
  test.each(cancelling)('S141 Ctrl-C during one %s: 130, nothing left running, the repository and the log kept, and how to go on', async (_, lines) => {
    const { cwd, bin, notes, env } = scene();
    recorder(bin, 'npm', notes, { lines: ['echo started', ...lines(cwd)] });
    const { code, stderr } = await create(cwd, env);
    expect(stderr).toBe(`cancelled: The install was cancelled. The repository is complete in ${path.join(cwd, 'notes')}. Run: cd notes && npm install\n`);
    expect(code).toBe(130);
    expect(readFileSync(path.join(cwd, 'notes/install.log'), 'utf8')).toMatch(/^started\n/);
    expect(existsSync(path.join(cwd, 'notes/package.json'))).toBe(true);
    if (!existsSync(path.join(cwd, 'child'))) return;
    const child = Number(readFileSync(path.join(cwd, 'child'), 'utf8'));
    expect(isRunning(child)).toBe(false);
  });

  test('S141 a run that is cancelled before it starts does not install', async () => {
    const { cwd, bin, notes, env } = scene();
    const repository = path.join(fill(cwd, { 'notes/': '' }), 'notes');
    recorder(bin, 'npm', notes, { lines: ['exec /bin/sleep 20'] });
    const { status } = await install(packageManagers[0], repository, env, AbortSignal.abort(), () => undefined);
    expect(status).toBe('cancelled');
  });

  test('passes on each line as it comes', async () => {
    const { cwd, bin, notes, env } = scene();
    const repository = path.join(fill(cwd, { 'notes/': '' }), 'notes');
    recorder(bin, 'npm', notes, { lines: ['echo one', wait(`-e '${cwd}/seen'`), `[ -e '${cwd}/seen' ] && printf two`] });
    const lines: string[] = [];
    const { status } = await install(packageManagers[0], repository, env, never, (line) => {
      lines.push(line);
      fill(cwd, { seen: '' });
    });
    expect(status).toBe('installed');
    expect(lines).toEqual(['one', 'two']);
  });
});

describe('a planted program', () => {
  const planted: readonly [title: string, folders: (notes: string) => string[]][] = [
    ['the current folder', () => ['.']],
    ['an empty entry, which is the current folder', () => ['']],
    ['a relative folder', () => ['node_modules/.bin', '../notes', './tools']],
    ['the target directory', (notes) => [notes, `${notes}/node_modules/.bin`, `${notes}/tools`]],
    ['the target directory, spelt differently', (notes) => [`${notes}/tools/..`, `${notes}//tools/`, `${path.dirname(notes)}/bin/../notes/tools`]],
    ['a folder of the target whose name begins with dots', (notes) => [`${notes}/..tools`]],
    ['a link that leads into the target directory', (notes) => [`${path.dirname(notes)}/link`]],
  ];
  test.each(planted)('S157 git, npm or node is not run from a PATH entry that is %s', async (_, folders) => {
    const { cwd, bin, notes, canary, env } = scene();
    const target = path.join(cwd, 'notes');
    for (const name of ['git', 'npm', 'node', 'git.cmd', 'npm.cmd', 'git.exe', 'npm.exe']) {
      for (const at of ['.', 'tools', '..tools', 'node_modules/.bin']) trap(path.join(target, at), name, canary);
      trap(path.join(cwd, 'node_modules/.bin'), name, canary);
      trap(path.join(cwd, 'tools'), name, canary);
    }
    symlinkSync('notes/tools', path.join(cwd, 'link'));
    // As npm itself does, this one lets PATH find its node.
    recorder(bin, 'npm', notes, { lines: ['exec /usr/bin/env node'] });
    script(bin, 'node', [`echo "$PATH" > '${cwd}/path'`]);
    script(bin, 'git', [`echo "$PATH" > '${cwd}/git-path'`, 'echo "fatal: not a git repository" >&2', '[ "$1" = -c ]']);
    const before = folders(target);
    const { code, stderr } = await command([...createWords, 'notes', '--yes', '--auth', 'none', '--overwrite'], cwd, { ...env, PATH: [...before, env['PATH'], ...before].join(path.delimiter) });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(existsSync(canary) ? readFileSync(canary, 'utf8') : '').toBe('');
    for (const file of ['path', 'git-path']) expect(readFileSync(path.join(cwd, file), 'utf8').trim()).toBe(env['PATH']);
  });

  test('S157 a program that is planted and nowhere else counts as missing', async () => {
    const { cwd, canary } = scene();
    trap(path.join(cwd, 'notes'), 'git', canary);
    trap(path.join(cwd, 'notes'), 'npm', canary);
    const { code, stderr } = await command([...createWords, 'notes', '--yes', '--auth', 'none', '--overwrite'], cwd, { PATH: ['.', '', path.join(cwd, 'notes')].join(path.delimiter) });
    expect(code).toBe(1);
    expect(stderr).toContain('npm was not found on this machine');
    expect(existsSync(canary)).toBe(false);
  });

  test('S157 a folder or a file that is not executable does not hide the program behind it', async () => {
    const { cwd, bin, notes, env } = scene();
    fill(cwd, { 'first/npm/': '', 'second/npm': 'not a program' });
    recorder(bin, 'npm', notes);
    const { code } = await create(cwd, { ...env, PATH: [path.join(cwd, 'first'), path.join(cwd, 'second'), env['PATH']].join(path.delimiter) });
    expect(code).toBe(0);
    expect(noted(notes)?.argv[0]).toBe('install');
  });
});
