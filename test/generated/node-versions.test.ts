import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { executables, plainEnv } from '../cli/spawn.ts';
import { clientKinds } from './clients.ts';
import { finish, programs, scratch } from './scratch.ts';
import { startHttp } from './start.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Node.js of one major, from npm. */
function nodeOf(major: number): { node: string; env: NodeJS.ProcessEnv; cwd: string } {
  const bin = programs(`node@${major}`);
  const cwd = scratch(`node${major}`);
  folders.push(path.resolve(bin, '../..'), cwd);
  return { node: path.join(bin, 'node'), env: plainEnv({ PATH: `${bin}${path.delimiter}${process.env['PATH']}` }), cwd };
}

describe('on other Node.js versions', () => {
  test('24: create, install, verify, build, start, a real client answered', async () => {
    const { node, env, cwd } = nodeOf(24);
    await finish(node, [executables.create, 'current', '--yes', '--transport', 'both', '--auth', 'none'], cwd, env);
    const repo = path.join(cwd, 'current');
    expect(await finish('npm', ['exec', '--', 'node', '--version'], repo, env)).toMatch(/^v24\./);
    await finish('npm', ['run', 'verify'], repo, env);
    await finish('npm', ['run', 'build'], repo, env);
    await answers(repo, node);
    for (const major of [22, 26]) {
      const other = nodeOf(major);
      await finish(other.node, [executables.create, 'smoke', '--yes', '--auth', 'none', '--no-install', '--no-git'], other.cwd, other.env);
      await answers(repo, other.node);
    }
  });
});

async function answers(repo: string, node: string): Promise<void> {
  const running = await startHttp(repo, {}, node);
  const client = await clientKinds['v2 client, negotiating'](running.url);
  expect((await client.listTools()).tools.length).toBe(3);
  await client.close();
  expect(await running.stop()).toBe(0);
}
