import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { invoke, scratch, snapshot } from './invoke.ts';
import { plainEnv } from './spawn.ts';
import type { Ended } from './spawn.ts';

const started = { npm_command: 'init' };

describe('flags that npm kept', () => {
  const rows: readonly [argv: readonly string[], env: Record<string, string>, corrected: string][] = [
    [['my-app', 'stdio'], { npm_config_transport: 'true' }, 'my-app --transport stdio'],
    [['stdio', 'my-app'], { npm_config_transport: 'true' }, 'my-app --transport stdio'],
    [['my-app'], { npm_config_transport: 'stdio' }, 'my-app --transport stdio'],
    [['my-app'], { npm_config_transport: 'true' }, "my-app --transport '<transport>'"],
    [['my-app', 'npm', 'docker'], { npm_config_deploy: 'true', npm_config_package_manager: 'true' }, 'my-app --deploy docker --package-manager npm'],
    [['my-app', 'docker,npm'], { npm_config_deploy: 'true' }, 'my-app --deploy docker,npm'],
    [['my-app', 'Some words'], { npm_config_title: 'true' }, "my-app --title 'Some words'"],
    [['my-app', 'Some words', 'com.example'], { npm_config_title: 'true', npm_config_namespace: 'true' }, "my-app --title '<title>' --namespace '<namespace>'"],
    [['my-app', 'Some words'], { npm_config_title: 'true', npm_config_namespace: 'true' }, "my-app --title '<title>' --namespace '<namespace>'"],
    [['my-app'], { npm_config_name: 'other-app', npm_config_description: 'What it is for' }, "my-app --name other-app --description 'What it is for'"],
    [['my-app', 'a.json'], { npm_config_answers: 'true' }, 'my-app --answers a.json'],
    [['my-app'], { npm_config_dry_run: 'true', npm_config_overwrite: 'true', npm_config_json: 'true' }, 'my-app --overwrite --dry-run --json'],
    [['my-app'], { npm_config_example: '', npm_config_install: '', npm_config_git: 'false', npm_config_interactive: '' }, 'my-app --no-example --no-install --no-git --no-interactive'],
    [['my-app'], { npm_config_diff: 'true' }, 'my-app --diff'],
    [[], { npm_config_diff: 'my-app' }, 'my-app --diff'],
    [['my-app'], { npm_config_diff: '--no-git' }, 'my-app --diff --no-git'],
    [['my-app'], { npm_config_security_contact: 'a@b.co' }, 'my-app --security-contact a@b.co'],
  ];
  test.each(rows)('%j with %j: exit 2, the corrected command, nothing created', async (argv, env, corrected) => {
    for (const npm_command of ['init', 'create', 'exec']) {
      const cwd = scratch();
      const { code, stdout, stderr } = await invoke('create-mcp-server', argv, { cwd, env: { ...env, npm_command } });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`\nRun: npm create mcp-server@latest -- ${corrected}\n`);
      expect(snapshot(cwd)).toEqual({});
    }
  });

  test.each([
    ['the defaults of npm', { ...started, npm_config_git: 'git', npm_config_description: 'true', npm_config_dry_run: '', npm_config_json: '', npm_config_yes: '' }],
    ['npx --yes', { npm_command: 'exec', npm_config_yes: 'true' }],
    ['a script of npm run', { npm_command: 'run-script', npm_config_transport: 'true', npm_config_dry_run: 'true' }],
    ['no npm at all', { npm_config_transport: 'true' }],
  ])('are not suspected: %s', async (_title, env) => {
    const { code } = await invoke('create-mcp-server', ['my-app', '--yes', '--no-install', '--no-git'], { cwd: scratch(), env });
    expect(code).toBe(0);
  });

  test('are no matter when they reached us as well', async () => {
    const { code } = await invoke('create-mcp-server', ['my-app', '--yes', '--transport', 'stdio', '--dry-run'], {
      cwd: scratch(),
      env: { ...started, npm_config_transport: 'stdio', npm_config_dry_run: 'true' },
    });
    expect(code).toBe(0);
  });

  test('--yes is only missed where answers are missing', async () => {
    const env = { ...started, npm_config_yes: 'true' };
    const { code, stderr } = await invoke('create-mcp-server', ['my-app'], { cwd: scratch(), env });
    expect(code).toBe(2);
    expect(stderr).toContain('npm kept --yes for itself');
    expect(stderr).toContain('npm create mcp-server@latest -- my-app --yes\n');
  });

  test('a text that npm made of a flag it has itself is explained too', async () => {
    const { code, stderr } = await invoke('create-mcp-server', ['my-app', 'Some words'], { cwd: scratch(), env: started });
    expect(code).toBe(2);
    expect(stderr).toContain('Through npm create, put -- before the flags.');
  });
});

describe('the packed CLI, started by the real npm without a network', () => {
  let host: string;
  let env: Record<string, string>;

  function npm(argv: readonly string[], cwd: string): Promise<Ended> {
    return new Promise((resolve) => {
      execFile('npm', argv, { cwd, env: { ...plainEnv(), ...env }, timeout: 60_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr }),
      );
    });
  }

  beforeAll(async () => {
    host = realpathSync(mkdtempSync(path.join(tmpdir(), 'mcp-gen-npm-')));
    // A registry that nobody answers at, and a cache of its own: whatever works here needs no network.
    env = { npm_config_registry: 'http://127.0.0.1:9/', npm_config_cache: path.join(host, 'cache'), npm_config_update_notifier: 'false', npm_config_offline: 'true' };
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const packed = await npm(['pack', '--ignore-scripts', '--pack-destination', host], root);
    if (packed.code !== 0) throw new Error(packed.stderr);
    writeFileSync(path.join(host, 'package.json'), '{"name":"host","private":true}');
    const installed = await npm(['install', `./${tarball()}`], host);
    if (installed.code !== 0) throw new Error(installed.stderr);
  }, 120_000);
  afterAll(() => rmSync(host, { recursive: true, force: true }));

  const tarball = () => readdirSync(host).find((file) => file.endsWith('.tgz')) ?? '';
  /** An empty folder below the one in which npm finds the CLI installed. */
  const workplace = () => mkdtempSync(path.join(host, 'run-'));

  test('is one package without dependencies', () => {
    const lock = JSON.parse(readFileSync(path.join(host, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dependencies?: object }> };
    expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/create-mcp-server']);
    expect(lock.packages['node_modules/create-mcp-server']?.dependencies).toBeUndefined();
  });

  test('npm exec --package <tarball> with the flags unprotected is corrected, protected it works', async () => {
    const cwd = workplace();
    const unprotected = await npm(['exec', '--yes', '--package', path.join(host, tarball()), 'create-mcp-server', 'my-app', '--transport', 'stdio'], cwd);
    expect(unprotected.stderr).toContain('Run: npm create mcp-server@latest -- my-app --transport stdio\n');
    expect(unprotected.code).toBe(2);
    const words = ['my-app', '--transport', 'stdio', '--yes', '--no-install', '--no-git'];
    const done = await npm(['exec', '--yes', '--package', path.join(host, tarball()), '--', 'create-mcp-server', ...words], cwd);
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(path.join(cwd, 'my-app/.mcp-gen.json'), 'utf8'))).toMatchObject({ answers: { transport: 'stdio' } });
  });

  test.each([
    [['my-app', '--transport', 'stdio'], 'my-app --transport stdio'],
    [['my-app', '--transport=both', '--no-example', '--no-git', '--deploy', 'docker,npm'], 'my-app --transport both --deploy docker,npm --no-example --no-git'],
    [['my-app', '--dry-run', '--json'], 'my-app --dry-run --json'],
    [['--diff', 'my-app'], 'my-app --diff'],
    [['my-app', '-y'], 'my-app --yes'],
  ])('npm create mcp-server %j is corrected to -- %s', async (argv, corrected) => {
    const { code, stderr } = await npm(['create', 'mcp-server', ...argv], workplace());
    expect(stderr).toContain(`Run: npm create mcp-server@latest -- ${corrected}\n`);
    expect(code).toBe(2);
  });

  test('npm create mcp-server -- with flags works', async () => {
    const { code, stdout } = await npm(['create', 'mcp-server', '--', 'my-app', '--yes', '--dry-run', '--transport', 'stdio'], workplace());
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing was written.');
  });
});
