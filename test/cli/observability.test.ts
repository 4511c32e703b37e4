import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { documentOf, invoke, scratch, snapshot } from './invoke.ts';
import type { Failure } from './invoke.ts';

const [collector, extension] = ['deploy/observability/collector.yaml', 'deploy/observability/compose.yaml'] as const;
const files = ['deploy/observability/alerts.yaml', collector, extension, 'deploy/observability/dashboard.json'];
const source = (file: string): string => readFileSync(new URL(`../../templates/items/observability/${file}`, import.meta.url), 'utf8');

let repo: string;
const create = async (...argv: string[]): Promise<void> => {
  const cwd = scratch();
  await invoke('create-mcp-server', ['notes-server', '--yes', '--no-install', '--no-git', ...argv], { cwd });
  repo = path.join(cwd, 'notes-server');
};
const add = (...argv: string[]) => invoke('mcp-gen', ['add', 'observability', ...argv], { cwd: repo });

describe('mcp-gen add observability', () => {
  beforeEach(() => create());

  test('writes a dashboard, alert rules and a collector, touches nothing else, and says where they go', async () => {
    const before = snapshot(repo);
    const ended = await add();
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const after = snapshot(repo);
    expect(Object.keys(after).filter((file) => after[file] !== before[file])).toEqual(['deploy', 'deploy/observability', ...files]);
    for (const file of files) expect(readFileSync(path.join(repo, file), 'utf8')).toBe(source(file));
    for (const words of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'Grafana', 'rule_files', `-f ${extension}`]) expect(ended.stdout).toContain(words);
  });

  test.each(['--dry-run', '--diff'])('%s writes nothing', async (flag) => {
    const before = snapshot(repo);
    const ended = await add(flag);
    expect({ code: ended.code, files: snapshot(repo) }).toEqual({ code: 0, files: before });
    expect(ended.stdout).toContain('Nothing was written.');
    for (const file of files) expect(ended.stdout).toContain(file);
  });

  test('what runs without Compose gets nothing for it', async () => {
    rmSync(path.join(repo, 'compose.yaml'));
    const ended = await add();
    expect(ended.code).toBe(0);
    expect(readdirSync(path.join(repo, 'deploy/observability')).toSorted()).toEqual(['alerts.yaml', 'collector.yaml', 'dashboard.json']);
    expect(ended.stdout).not.toContain('docker compose');
  });

  test.each(files)('what stands at %s stays, and so does everything else', async (file) => {
    await add();
    writeFileSync(path.join(repo, file), 'mine\n');
    for (const other of files.filter((one) => one !== file)) rmSync(path.join(repo, other));
    const before = snapshot(repo);
    const ended = await add('--json');
    expect({ code: ended.code, error: documentOf<Failure>(ended).error, files: snapshot(repo) }).toMatchObject({ code: 2, error: { code: 'already_exists', message: expect.stringContaining(file) as string }, files: before });
  });

  test('a repository that sends nothing gets none', async () => {
    rmSync(path.join(repo, 'src/entry/telemetry.ts'));
    const before = snapshot(repo);
    const ended = await add('--json');
    expect({ code: ended.code, error: documentOf<Failure>(ended).error, files: snapshot(repo) }).toMatchObject({ code: 2, error: { code: 'not_a_generated_repo', hint: expect.any(String) as string }, files: before });
  });
});

test('functions and Workers send nothing, and that is said', async () => {
  await create('--deploy', 'lambda,cloudflare');
  expect(documentOf<{ warnings: string[] }>(await add('--json')).warnings).toEqual([expect.stringContaining('send no metrics')]);
  await create('--deploy', 'lambda,docker');
  expect(documentOf<{ warnings: string[] }>(await add('--json')).warnings).toEqual([]);
});
