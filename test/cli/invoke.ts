import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach } from 'vitest';
import { run } from '../../src/cli/program.ts';
import type { Ended } from './spawn.ts';

// Node reads it from the process: a test run in colour would otherwise colour what is compared.
delete process.env['FORCE_COLOR'];

export interface InvokeOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** One command line in this process, without a terminal: what tables of many rows use instead of a spawn each. */
export async function invoke(executable: 'create-mcp-server' | 'mcp-gen', argv: readonly string[], { cwd, env = {}, signal = new AbortController().signal }: InvokeOptions): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const stdout = sink((chunk) => (said.stdout += chunk));
  const stderr = sink((chunk) => (said.stderr += chunk));
  const code = await run(executable, argv, { stdout, stderr, stdin: Readable.from([]), cwd, env, signal });
  return { code, ...said };
}

function sink(take: (chunk: string) => void): Writable {
  return new Writable({ decodeStrings: false, write: (chunk: string, _encoding, done) => (take(chunk), done()) });
}

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** An empty directory that goes after the test. */
export function scratch(): string {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'mcp-gen-test-')));
  made.push(directory);
  return directory;
}

/** Every entry below a directory: files with their contents, folders as `null`. */
export function snapshot(directory: string): Record<string, string | null> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .map((entry): [string, string | null] => {
        const at = path.join(entry.parentPath, entry.name);
        return [path.relative(directory, at), entry.isFile() ? readFileSync(at, 'latin1') : null];
      })
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

export interface Failure {
  readonly ok: false;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
}

/** What `--json` said, when it said exactly one document. */
export function documentOf<T>({ stdout }: Ended): T {
  return JSON.parse(stdout) as T;
}
