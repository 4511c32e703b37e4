import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { withDefaults } from '../../src/answers/resolve.ts';
import { deployTargets } from '../../src/features/index.ts';
import type { Ask, Option } from '../../src/interview/ask.ts';
import { askForTarget } from '../../src/interview/target.ts';
import { documentOf, invoke, scratch, snapshot } from './invoke.ts';
import type { Failure } from './invoke.ts';

interface Added {
  readonly ok: true;
  readonly answers: { readonly deploy: readonly string[] };
  readonly files: readonly { readonly path: string; readonly action: string }[];
  readonly kept: readonly { readonly path: string; readonly patch: string }[];
  readonly next: readonly string[];
  readonly warnings: readonly string[];
}

async function created(deploy: string, ...argv: readonly string[]): Promise<string> {
  const cwd = scratch();
  const ended = await invoke('create-mcp-server', ['orders', '--yes', '--no-install', '--no-git', '--deploy', deploy, ...argv], { cwd });
  expect(ended.code).toBe(0);
  return path.join(cwd, 'orders');
}

const add = (repo: string, ...argv: string[]) => invoke('mcp-gen', ['add', 'deploy', ...argv], { cwd: repo });
const edit = (repo: string, file: string, change: (text: string) => string): void => writeFileSync(path.join(repo, file), change(readFileSync(path.join(repo, file), 'utf8')));


const http = ['--transport', 'both', '--auth', 'none'];

describe('mcp-gen add deploy', () => {
  test.each(deployTargets.map(({ id }) => id))('%s: what create would have made, file for file', async (id) => {
    const first = id === 'npm' ? 'docker' : 'npm';
    const repo = await created(first, ...http);
    const ended = await add(repo, id);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/create|overwrite/);
    expect(snapshot(repo)).toEqual(snapshot(await created(`${first},${id}`, ...http)));
  });

  test('all of them one after the other, and each that is there already a second time: as if create had been told at once', async () => {
    const ids = deployTargets.map(({ id }) => id);
    const [first = 'docker', ...others] = ids;
    const repo = await created(first, ...http, '--package-manager', 'pnpm');
    for (const id of others) expect((await add(repo, id)).code).toBe(0);
    const all = snapshot(repo);
    expect(all).toEqual(snapshot(await created(ids.join(','), ...http, '--package-manager', 'pnpm')));
    for (const id of ids) {
      const again = documentOf<Added>(await add(repo, id, '--json'));
      expect(again).toMatchObject({ files: [], kept: [], next: [], warnings: [] });
    }
    expect(snapshot(repo)).toEqual(all);
  });

  test('three at once: none is lost', async () => {
    const repo = await created('docker', ...http);
    const ended = await Promise.all(['kubernetes', 'systemd', 'lambda'].map((id) => add(repo, id)));
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
    const { answers } = documentOf<Added>(await invoke('mcp-gen', ['info', '--json'], { cwd: repo }));
    expect(answers.deploy.toSorted()).toEqual(['docker', 'kubernetes', 'lambda', 'systemd']);
    expect(readFileSync(path.join(repo, 'package.json'), 'utf8')).toContain('src/entry/lambda.ts');
    expect(snapshot(repo)).toMatchObject({ 'deploy/systemd/nginx.conf': expect.any(String) as string, 'deploy/aws/lambda.ts': expect.any(String) as string, 'deploy/kubernetes/base/service.yaml': expect.any(String) as string });
  });

  test('what was edited, deleted, or is the owner\'s stays as it is, and what it would have got is shown', async () => {
    const repo = await created('npm', ...http);
    edit(repo, 'package.json', (text) => text.replace('"private": true,\n', '').replace('"dependencies": {', '"dependencies": {\n    "undici": "7.0.0",'));
    rmSync(path.join(repo, 'README.md'));
    writeFileSync(path.join(repo, 'wrangler.jsonc'), '{}\n');
    const before = snapshot(repo);
    const shown = await add(repo, 'cloudflare', '--diff');
    expect(shown.stdout).toContain('Nothing was written.');
    expect(snapshot(repo)).toEqual(before);
    const ended = documentOf<Added>(await add(repo, 'cloudflare', '--json'));
    const after = snapshot(repo);
    expect(ended.kept.map(({ path: file }) => file)).toEqual(['README.md', 'package.json', 'wrangler.jsonc']);
    for (const file of ['README.md', 'package.json', 'wrangler.jsonc']) expect(after[file]).toBe(before[file]);
    expect(ended.kept.map(({ patch }) => patch).join('')).toMatch(/\+## Cloudflare Workers[\s\S]*\+ {4}"deploy:cloudflare": [\s\S]*\+ {2}"name": "orders"/);
    expect(ended.next[0]).toContain('README.md, package.json, wrangler.jsonc');
    expect(after['src/entry/worker.ts']).toEqual(expect.any(String));
    expect(documentOf<Added>(await invoke('mcp-gen', ['info', '--json'], { cwd: repo })).answers.deploy).toEqual(['npm', 'cloudflare']);
    for (const patch of ended.kept.map((one) => one.patch)) expect(shown.stdout).toContain(patch);
  });

  test('a checkout with other line ends was not edited', async () => {
    const repo = await created('docker', ...http);
    for (const file of ['README.md', 'package.json']) edit(repo, file, (text) => text.replaceAll('\n', '\r\n'));
    expect(documentOf<Added>(await add(repo, 'npm', '--json')).kept).toEqual([]);
    expect(snapshot(repo)).toEqual(snapshot(await created('docker,npm', ...http)));
  });

  test('--dry-run and --json say what would be, and write nothing', async () => {
    const repo = await created('docker', ...http, '--session', 'memory');
    const before = snapshot(repo);
    const ended = documentOf<Added>(await add(repo, 'systemd', '--dry-run', '--json'));
    expect(ended.files).toEqual(expect.arrayContaining([{ path: 'README.md', action: 'overwrite' }, { path: 'deploy/systemd/nginx.conf', action: 'create' }]));
    expect(ended.warnings).toEqual([expect.stringContaining('--session memory with --deploy systemd:')]);
    expect(snapshot(repo)).toEqual(before);
  });
});

describe('mcp-gen add deploy refuses, and touches nothing', () => {
  const rows: readonly [title: string, first: string, answers: readonly string[], argv: readonly string[], code: string, says: RegExp][] = [
    ['what does not go with the session store', 'docker', [...http, '--session', 'memory'], ['kubernetes'], 'refused_combination', /several instances[\s\S]*--session redis/],
    ['what does not go with the transport', 'npm', ['--transport', 'stdio'], ['systemd'], 'refused_combination', /--transport stdio with --deploy systemd/],
    ['a target that nobody offers', 'docker', http, ['moon'], 'invalid_answers', /"moon" must be one of docker, npm/],
    ['no target where nobody can be asked', 'docker', http, [], 'usage', /One of docker, npm/],
  ];
  test.each(rows)('%s', async (_title, first, answers, argv, code, says) => {
    const repo = await created(first, ...answers);
    const before = snapshot(repo);
    const ended = await add(repo, ...argv, '--json');
    const { error } = documentOf<Failure>(ended);
    expect([ended.code, error.code]).toEqual([2, code]);
    expect(`${error.message} ${error.hint ?? ''}`).toMatch(says);
    expect(snapshot(repo)).toEqual(before);
  });

  test('a repository of another version: it names who can', async () => {
    const repo = await created('docker', ...http, '--package-manager', 'bun');
    edit(repo, '.mcp-gen.json', (text) => text.replace(/"version": "[^"]+"/, '"version": "0.0.1"'));
    const before = snapshot(repo);
    const ended = await add(repo, 'systemd', '--json');
    expect([ended.code, documentOf<Failure>(ended).error]).toEqual([2, { code: 'other_version', message: expect.stringContaining('0.0.1') as string, hint: expect.stringContaining('bun run gen add deploy') as string }]);
    expect(snapshot(repo)).toEqual(before);
  });
});

test('asks which, and says why one cannot be chosen', async () => {
  let offered: readonly Option<string>[] = [];
  const ask = { one: (_message: string, options: readonly Option<string>[]) => ((offered = options), Promise.resolve('systemd')) } as unknown as Ask;
  const answers = withDefaults({ transport: 'http', auth: 'none', session: 'memory' }, { name: 'orders', packageManager: 'npm' });
  expect(await askForTarget(answers, ask)).toBe('systemd');
  const reasons = Object.fromEntries(offered.map(({ value, ruledOut }) => [value, ruledOut]));
  expect(reasons).toMatchObject({ docker: 'is among its targets already', kubernetes: expect.stringContaining('several instances') as string, systemd: undefined });
});
