import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageManagers } from '../../src/features/index.ts';
import { detectPackageManager } from '../../src/run/package-manager.ts';
import { command, createWords } from '../tree/command.ts';
import { fill, folder } from '../tree/fixture.ts';

const known = packageManagers.map((one) => one.id);

describe('the package manager is', () => {
  const rows: readonly [title: string, agent: string | undefined, files: Record<string, string>, expected: string][] = [
    ['the one that started this process', 'pnpm/10.2.0 npm/? node/v24.0.0 linux x64', {}, 'pnpm'],
    ['the one that started this process', 'yarn/1.22.22 npm/? node/v20.0.0 linux x64', {}, 'yarn'],
    ['the one that started this process', 'bun/1.3.0 npm/? node/v24.0.0 linux x64', {}, 'bun'],
    ['the one that started this process, whatever lies around', 'pnpm/10.2.0 node/v24', { 'a/yarn.lock': '' }, 'pnpm'],
    ['npm when nothing is known', undefined, {}, 'npm'],
    ['npm when it started this process and nothing lies around', 'npm/10.8.2 node/v20.20.2 linux x64 workspaces/false', {}, 'npm'],
    ['npm when a stranger started this process', 'deno/2.0.0', {}, 'npm'],
    ['npm when the user agent is empty', '', {}, 'npm'],
    ['npm when the user agent names a property of every object', 'constructor/1', {}, 'npm'],
    ['that of the lockfile beside, for npx', 'npm/10.8.2 node/v20', { 'a/b/pnpm-lock.yaml': '' }, 'pnpm'],
    ['that of the lockfile in the directory', undefined, { 'a/b/notes/bun.lock': '' }, 'bun'],
    ['that of a lockfile further up', undefined, { 'yarn.lock': '' }, 'yarn'],
    ['that of the nearest lockfile', undefined, { 'yarn.lock': '', 'a/pnpm-lock.yaml': '' }, 'pnpm'],
    ['npm where its lockfile is the nearest', 'npm/10.8.2 node/v20', { 'yarn.lock': '', 'a/package-lock.json': '{}' }, 'npm'],
    ['that of the packageManager field', undefined, { 'a/package.json': '{"packageManager":"pnpm@10.2.0+sha512.abc"}' }, 'pnpm'],
    ['that of the nearest of field and lockfile', undefined, { 'a/package.json': '{"packageManager":"yarn@4.1.0"}', 'pnpm-lock.yaml': '' }, 'yarn'],
    ['npm when the field names a stranger', undefined, { 'a/package.json': '{"packageManager":"evil@1"}' }, 'npm'],
    ['that further up when the field is not text', undefined, { 'a/package.json': '{"packageManager":{"pnpm":1}}', 'yarn.lock': '' }, 'yarn'],
    ['that further up when package.json is broken', undefined, { 'a/package.json': '{', 'yarn.lock': '' }, 'yarn'],
    ['that further up when package.json is null', undefined, { 'a/package.json': 'null', 'yarn.lock': '' }, 'yarn'],
    ['that further up when package.json is a folder', undefined, { 'a/package.json/': '', 'yarn.lock': '' }, 'yarn'],
  ];
  test.each(rows)('%s (%j %j)', (_, agent, files, expected) => {
    // A lockfile at the top stops the search there: what lies further up on this machine is not part of the test.
    const cwd = fill(folder(), { ...(Object.keys(files).some((file) => !file.startsWith('a/')) ? {} : { 'package-lock.json': '{}' }), 'a/b/': '', ...files });
    expect(detectPackageManager({ npm_config_user_agent: agent }, path.join(cwd, 'a/b/notes'), known)).toBe(expected);
  });

  test('kept as an answer, and in the next steps', async () => {
    const cwd = folder();
    const { stdout } = await command([...createWords, 'notes', '--yes', '--no-install', '--no-git', '--json'], cwd, { npm_config_user_agent: 'pnpm/10.2.0 node/v24' });
    const { answers, next } = JSON.parse(stdout) as { answers: { packageManager: string }; next: string[] };
    expect(answers.packageManager).toBe('pnpm');
    expect(next).toContain('pnpm install');
  });

  test('the flag, whatever is detected', async () => {
    const cwd = fill(folder(), { 'yarn.lock': '' });
    const { stdout } = await command([...createWords, 'notes', '--yes', '--no-install', '--no-git', '--json', '--package-manager', 'bun'], cwd, { npm_config_user_agent: 'pnpm/10.2.0 node/v24' });
    expect((JSON.parse(stdout) as { answers: { packageManager: string } }).answers.packageManager).toBe('bun');
  });
});
