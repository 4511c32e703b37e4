import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { deployTargets } from '../../src/features/index.ts';
import { executables, plainEnv } from '../cli/spawn.ts';
import { finish } from './scratch.ts';
import { settingsOf } from './settings.ts';
import type { RepoFile } from './settings.ts';
import { freePort } from './start.ts';
import { send } from './wire/http.ts';
import { modern } from './wire/message.ts';
import { build, once } from './wire/probe.ts';
import { until } from './wire/server.ts';

/** Created as the first page of our README says, among the packages that are installed already. */
function created(name: string, argv: readonly string[]): Promise<string> {
  return once(`walk-${name}`, async (at) => {
    await finish(process.execPath, [executables.create, at, '--yes', '--overwrite', '--name', 'walked', '--no-install', '--no-git', ...argv], inject('workspace'), plainEnv());
    await build(at);
  });
}

/** A command of the README, in an environment where nothing is set but what is said. */
interface Walked {
  readonly output: () => string;
  readonly type: (line: string) => void;
  /** Null while it runs. */
  readonly code: () => number | null;
}

function run(repo: string, command: string, env: Readonly<Record<string, string>>): Walked {
  const child = spawn('sh', ['-c', command], { cwd: repo, detached: true, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env } });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  onTestFinished(() => {
    // A group of its own, so that what npm has started ends with it.
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    return closed;
  });
  let output = '';
  let over: number | null = null;
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  child.once('close', (code) => (over = code ?? -1));
  return { output: () => output, type: (line) => void child.stdin.write(`${line}\n`), code: () => over };
}

const isReady = (port: number): Promise<boolean> => fetch(`http://127.0.0.1:${port}/readyz`).then(({ ok }) => ok, () => false);

/** Only ends a test that fails anyway. */
const LIMIT_MS = 30_000;

const served = new Map<string, Promise<void>>();

/** Of everything that `dev` could run. */
function digestOf(repo: string): string {
  const { scripts, dependencies, devDependencies } = JSON.parse(readFileSync(path.join(repo, 'package.json'), 'utf8')) as { scripts: { dev: string }; dependencies: object; devDependencies: object };
  const files = ['src', 'dev'].flatMap((folder) => readdirSync(path.join(repo, folder), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = files.map(({ parentPath, name }) => path.join(parentPath, name)).toSorted().flatMap((file) => [path.relative(repo, file), readFileSync(file, 'utf8')]);
  return createHash('sha256').update(JSON.stringify([scripts.dev, dependencies, devDependencies, texts])).digest('hex');
}

async function serves(repo: string, dev: string): Promise<void> {
  const port = await freePort();
  const started = run(repo, dev, { PORT: String(port) });
  await until(async () => (await isReady(port)) || started.code() !== null, LIMIT_MS);
  expect([started.code(), started.output()]).toEqual([null, expect.any(String)]);
  const { status, headers } = await send(port, modern('tools/list'));
  expect([status, headers['www-authenticate']]).toEqual([401, expect.stringContaining(`resource_metadata="http://localhost:${port}/`)]);
}

/** The text below a heading. */
function section(readme: string, title: string): string {
  return readme.split(/^## /m).find((one) => one.startsWith(`${title}\n`)) ?? '';
}

/** The command that the first page of a README ends with. */
function firstCommand(readme: string): string {
  const [install, dev = ''] = /```sh\n([\s\S]*?)```/.exec(section(readme, 'Start'))?.[1]?.split('\n') ?? [];
  expect([install, dev]).toEqual(['npm install', 'npm run dev']);
  return dev;
}

// Each alone, with `--yes` for everything else.
describe.each(deployTargets)('the README of a repo for $id', ({ id, title }) => {
  const opened = async () => {
    const repo = await created(id, ['--deploy', id]);
    const read: RepoFile = (file) => readFileSync(path.join(repo, file), 'utf8');
    return { repo, read, readme: read('README.md') };
  };

  test('what it says to start with serves where nothing is set', async () => {
    const { repo, readme } = await opened();
    const dev = firstCommand(readme);
    expect(readme).toContain('The server answers on http://localhost:3000/mcp');
    // Where nothing differs that it could run, it is started once.
    const key = digestOf(repo);
    served.set(key, served.get(key) ?? serves(repo, dev));
    await served.get(key);
  });

  test('what it needs where it runs, it says line by line, and the README names each of them', async () => {
    const { repo, read, readme } = await opened();
    // Whoever starts a package is told at sign-in what production needs: it may run anywhere.
    const documented = section(readme, title) + (id === 'npm' ? section(readme, 'Signing in') : '');
    const port = await freePort();
    const told: Record<string, string> = { ...settingsOf(id, read), PORT: String(port) };
    const asked: string[] = [];
    for (;;) {
      const started = run(repo, 'npm start', told);
      await until(async () => started.code() !== null || (await isReady(port)), LIMIT_MS);
      if (started.code() === null) break;
      const lines = [...started.output().matchAll(/Set it like this: {2}(\w+)=(.*)$/gm)];
      if (started.code() !== 1 || lines.length === 0) throw new Error(started.output());
      for (const [, variable = '', value = ''] of lines) {
        if (asked.includes(variable)) throw new Error(`${variable} was set as it said: ${started.output()}`);
        asked.push(variable);
        told[variable] = execFileSync('sh', ['-c', `printf %s ${value}`], { encoding: 'utf8' });
      }
    }
    expect(asked).toContain('OAUTH_ISSUER');
    expect(asked.filter((variable) => !documented.includes(variable))).toEqual([]);
    expect(asked.filter((variable) => !read('.env.example').includes(`# ${variable}=`))).toEqual([]);
    const host = new URL(told['MCP_PUBLIC_URL'] ?? `http://localhost:${port}`).host;
    expect((await send(port, modern('tools/list', {}, { headers: { host } }))).status).toBe(401);
  });
});

const stdio = ['--transport', 'stdio'];

describe('the README of a repo over stdio', () => {
  test('what it says to start with opens a prompt where nothing is set', async () => {
    const repo = await created('stdio', stdio);
    const started = run(repo, firstCommand(readFileSync(path.join(repo, 'README.md'), 'utf8')), {});
    started.type('list');
    await until(() => started.output().includes('search_notes') || started.code() !== null, LIMIT_MS);
    expect(started.output()).toContain('search_notes');
  });

  test('what was built needs nothing to be set', async () => {
    const started = run(await created('stdio', stdio), 'npm start', { NODE_ENV: 'production' });
    started.type(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }));
    await until(() => started.output().includes('"result":{}') || started.code() !== null, LIMIT_MS);
    expect(started.output()).toContain('"result":{}');
  });
});
