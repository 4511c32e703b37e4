import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentOf, invoke, scratch, snapshot } from './invoke.ts';
import type { Failure } from './invoke.ts';
import { executables, plainEnv, run } from './spawn.ts';

const essentials = { '--transport': 'http', '--auth': 'none', '--session': 'stateless', '--deploy': 'docker' };
const all = Object.entries(essentials).flat();

describe('S161 without a terminal, answers that are missing', () => {
  test('are all named, with a command that gives them', async () => {
    const cwd = scratch();
    const { code, stdout, stderr } = await invoke('create-mcp-server', [], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Missing the directory, --transport, --auth, --session, --deploy');
    const [, suggested = ''] = /: npx create-mcp-server (.*)\n$/.exec(stderr) ?? [];
    expect((await invoke('create-mcp-server', [...suggested.split(' '), '--dry-run'], { cwd })).code).toBe(0);
    expect(snapshot(cwd)).toEqual({});
  });

  test.each(Object.keys(essentials))('%s is named when it alone is missing, and what was given stays in the suggestion', async (flag) => {
    const cwd = scratch();
    const given = Object.entries({ ...essentials, '--transport': 'stdio', '--deploy': 'npm' }).filter(([one]) => one !== flag).flat();
    const { code, stderr } = await invoke('create-mcp-server', ['notes-server', ...given, '--title', 'Mine'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(`Missing ${flag},`);
    expect(stderr).toContain('npx create-mcp-server notes-server');
    expect(stderr).toContain('--title Mine');
    expect(snapshot(cwd)).toEqual({});
  });

  test('are no matter once all are given, or with --yes', async () => {
    const cwd = scratch();
    expect((await invoke('create-mcp-server', ['one-server', ...all, '--no-interactive', '--no-install', '--no-git'], { cwd })).code).toBe(0);
    expect((await invoke('create-mcp-server', ['two-server', '-y', '--no-interactive', '--no-install', '--no-git'], { cwd })).code).toBe(0);
  });

  const surroundings: readonly [title: string, redirection: string, env: Record<string, string>][] = [
    ['stdin at its end', '</dev/null', {}],
    ['stdin closed', '<&-', {}],
    ['stdin that is a directory', '</', {}],
    ['stdout closed', '>&- </dev/null', {}],
    ['all streams closed', '<&- >&- 2>&-', {}],
    ['CI', '</dev/null', { CI: 'true' }],
    ["an agent's shell", '</dev/null', { TERM: 'dumb', CLAUDECODE: '1', CI: '1' }],
  ];
  test.each(surroundings)('%s: ends at once with 2 and nothing created', async (_title, redirection, env) => {
    const cwd = scratch();
    const child = spawn('sh', ['-c', `exec "$0" "$@" ${redirection}`, process.execPath, executables.create], { cwd, env: plainEnv(env), timeout: 5_000, killSignal: 'SIGKILL' });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(2);
    expect(snapshot(cwd)).toEqual({});
  });

  test('a stdin that stays open is not waited for', async () => {
    const cwd = scratch();
    const child = spawn(process.execPath, [executables.create], { cwd, env: plainEnv(), timeout: 5_000, killSignal: 'SIGKILL', stdio: ['pipe', 'ignore', 'ignore'] });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    child.stdin?.destroy();
    expect(code).toBe(2);
  });
});

describe('a reader that goes away', () => {
  test.each([['--help', []], ['create', ['notes-server', '--yes', '--auth', 'none', '--no-install', '--no-git']], ['--diff', ['notes-server', '--yes', '--auth', 'none', '--diff']]])(
    '%s ends quietly, as if it had been read to the end',
    async (title, argv) => {
      const cwd = scratch();
      const child = spawn(process.execPath, [executables.create, ...(argv.length > 0 ? argv : [title])], { cwd, env: plainEnv(), timeout: 10_000, killSignal: 'SIGKILL' });
      child.stdout.destroy();
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      const code = await new Promise((resolve) => child.on('close', resolve));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(existsSync(path.join(cwd, 'notes-server/.mcp-gen.json'))).toBe(title === 'create');
    },
  );

  test('| head -1 shows the first line', async () => {
    const cwd = scratch();
    const child = spawn('sh', ['-c', '"$0" "$@" | head -1', process.execPath, executables.create, 'notes-server', '--yes', '--auth', 'none', '--diff'], { cwd, env: plainEnv(), timeout: 10_000 });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    await new Promise((resolve) => child.on('close', resolve));
    expect(text).toMatch(/^create {4}\S+\n$/);
  });
});

/** A PATH whose git and npm are scripts of ours. */
function withPrograms(cwd: string, programs: Readonly<Record<string, string>>): { PATH: string } {
  const bin = path.join(cwd, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  return { PATH: `${bin}:/usr/bin:/bin` };
}

describe('child processes', () => {
  const noise = 'echo noise on stdout; echo noise on stderr >&2';

  test('never write to the stdout of --json', async () => {
    const cwd = scratch();
    const env = withPrograms(cwd, { git: noise, npm: noise });
    const ended = await run('create', ['notes-server', '--yes', '--json'], { cwd, env });
    expect(ended.code).toBe(0);
    expect(documentOf<{ ok: boolean }>(ended).ok).toBe(true);
    expect(ended.stdout).not.toContain('noise');
  });

  test('an install that fails keeps the repository and its log, says so and exits 1', async () => {
    const cwd = scratch();
    const env = withPrograms(cwd, { git: 'exit 0', npm: `${noise}; exit 7` });
    const ended = await run('create', ['notes-server', '--yes', '--json'], { cwd, env });
    const { error } = documentOf<Failure>(ended);
    expect({ code: ended.code, error: error.code }).toEqual({ code: 1, error: 'install_failed' });
    expect(error.hint).toContain('cd notes-server && npm install');
    expect(readFileSync(path.join(cwd, 'notes-server/install.log'), 'utf8')).toContain('noise on stdout');
    expect(existsSync(path.join(cwd, 'notes-server/package.json'))).toBe(true);
  });

  test('an install that is cancelled keeps the repository, says so and exits 130', async () => {
    const cwd = scratch();
    const started = path.join(cwd, 'started');
    const env = withPrograms(cwd, { git: 'exit 0', npm: `echo $$ > ${started}; exec sleep 20` });
    const child = spawn(process.execPath, [executables.create, 'notes-server', '--yes', '--json'], { cwd, env: plainEnv(env), timeout: 15_000, killSignal: 'SIGKILL' });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    await expect.poll(() => existsSync(started), { timeout: 10_000 }).toBe(true);
    child.kill('SIGINT');
    expect(await closed).toBe(130);
    const { error } = JSON.parse(stdout) as Failure;
    expect(error.code).toBe('cancelled');
    expect(error.message).toContain('cd notes-server && npm install');
    expect(existsSync(path.join(cwd, 'notes-server/package.json'))).toBe(true);
  });
});
