import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { itemKinds, renderIndex } from '../../../src/repo/index-files.ts';
import type { RepoName } from '../repos.ts';
import { until } from './server.ts';

const hostile = fileURLToPath(new URL('./probe/', import.meta.url));

/** The repo `both-notes` with hostile tools, resources, prompts and services of `./probe`, built. */
export function probeRepo(): Promise<string> {
  return once('wire-probe', async (at) => {
    copyRepo('both-notes', at);
    cpSync(path.join(hostile, 'src'), path.join(at, 'src'), { recursive: true });
    writeIndexes(at);
    await build(at);
  });
}

/** One of the generated repos as it is, built in a folder of its own: other tests build and start the original. */
export function builtRepo(name: RepoName): Promise<string> {
  return once(`wire-${name}`, async (at) => {
    copyRepo(name, at);
    await build(at);
  });
}

/** Copies the sources of a generated repo next to it, so that it finds the packages of the workspace. */
export function copyRepo(name: RepoName, at: string): void {
  cpSync(path.join(inject('workspace'), name), at, { recursive: true, filter: (source) => !/[\\/](?:node_modules|dist)$/.test(source) });
}

/** What `mcp-gen sync` would write. */
export function writeIndexes(at: string): void {
  const paths = itemKinds.flatMap((kind) => (existsSync(path.join(at, 'src', kind)) ? readdirSync(path.join(at, 'src', kind)).map((file) => `src/${kind}/${file}`) : []));
  for (const kind of itemKinds) writeFileSync(path.join(at, 'src', kind, 'index.ts'), renderIndex(kind, paths));
}

export async function build(at: string): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: at });
}

/** Test files run in several workers: the first one makes the folder, the others wait for it. */
export async function once(name: string, make: (at: string) => Promise<void>): Promise<string> {
  const at = path.join(inject('workspace'), name);
  const done = `${at}.done`;
  const failed = `${at}.failed`;
  try {
    mkdirSync(at);
  } catch {
    await until(() => existsSync(done) || existsSync(failed), 60_000);
    if (existsSync(failed)) throw new Error(`${name} could not be built in another test file`);
    return at;
  }
  try {
    await make(at);
    writeFileSync(done, '');
  } catch (error) {
    writeFileSync(failed, '');
    throw error;
  }
  return at;
}
