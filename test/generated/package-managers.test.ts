import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageManagers } from '../../src/features/index.ts';
import { executables, plainEnv } from '../cli/spawn.ts';
import { finish, programs, scratch } from './scratch.ts';

let bin: string;
let cwd: string;
beforeAll(() => {
  bin = programs('pnpm@10.34.9', '@yarnpkg/cli-dist@4.18.1', 'bun@1.4.5');
  cwd = scratch('managers');
});
afterAll(() => {
  for (const folder of [path.resolve(bin, '../..'), cwd]) rmSync(folder, { recursive: true, force: true });
});

describe.each(packageManagers.filter(({ id }) => id !== 'npm'))('with $id', ({ id, lockfile }) => {
  test('create installs, and every script that another starts runs', async () => {
    const registry = execFileSync('npm', ['config', 'get', 'registry'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
    const env = plainEnv({ PATH: `${bin}${path.delimiter}${process.env['PATH']}`, YARN_NPM_REGISTRY_SERVER: registry, YARN_ENABLE_TELEMETRY: '0', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' });
    const stdout = await finish(process.execPath, [executables.create, `${id}-server`, '--yes', '--package-manager', id, '--transport', 'both', '--auth', 'none'], cwd, env);
    expect(stdout).toContain(`${id} run verify`);
    const repo = path.join(cwd, `${id}-server`);
    expect(existsSync(path.join(repo, lockfile))).toBe(true);
    await finish(id, ['run', 'verify'], repo, env);
    await finish(id, ['run', 'build'], repo, env);
    expect(existsSync(path.join(repo, 'dist/node.js'))).toBe(true);
    expect(await finish('git', ['status', '--porcelain', '--ignored'], repo)).not.toContain('install.log');
  });
});
