import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, test } from 'vitest';
import { repos } from './repos.ts';

const run = promisify(execFile);
const workspace = inject('workspace');

/** Runs one script of a repo with npm, whatever package manager it was generated for. */
async function script(repo: string, ...words: string[]): Promise<string> {
  const { stdout } = await run('npm', ['run', '--silent', ...words], { cwd: path.join(workspace, repo), maxBuffer: 1 << 24 }).catch((error: { stdout: string; stderr: string; message: string }) => {
    throw new Error(`${repo}: npm run ${words.join(' ')}\n${error.stdout}\n${error.stderr}`);
  });
  return stdout;
}

describe.each(Object.keys(repos))('the generated repo %s', (repo) => {
  test('passes its own lint', async () => {
    await script(repo, 'lint');
  });
  test('passes its own type check', async () => {
    await script(repo, 'typecheck');
  });
  test('R165 passes its own tests', async () => {
    expect(await script(repo, 'test')).toMatch(/Tests.*passed/);
  });
  test('builds one file per entry', async () => {
    await script(repo, 'build');
  });
});
