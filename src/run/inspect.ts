import { execa } from 'execa';
import { cancelled } from '../error.ts';
import { childEnv } from './executable.ts';
import type { Env } from './executable.ts';

/** Milliseconds that loading and starting the server may take. */
const patience = 60_000;

/** What a script found, or why it could not. */
export type Found<T> = T | { readonly fault: string };

/**
 * Runs a script in a generated repository, in a process of its own and through the tsx that is installed there. The script comes through
 * stdin, so nothing is written; it answers with one JSON document on descriptor 3.
 */
export async function runInRepo<T extends object>(root: string, script: string, env: Env, signal: AbortSignal): Promise<Found<T>> {
  const node = process.execPath;
  const ran = await execa(node, ['--import', 'tsx', '--input-type=module'], {
    cwd: root,
    env: childEnv(env, root),
    extendEnv: false,
    input: script,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    reject: false,
    cancelSignal: signal,
    timeout: patience,
  });
  if (signal.aborted) throw cancelled('The check was cancelled.');
  const [, , , said] = ran.stdio;
  if (typeof said === 'string' && said !== '') return JSON.parse(said) as T;
  return { fault: ran.timedOut ? `it did not load within ${patience / 1000} s` : faultIn(String(ran.stderr)) };
}

function faultIn(stderr: string): string {
  if (/Cannot find package 'tsx'/.test(stderr)) return 'its dependencies are not installed';
  return stderr.split('\n').find((line) => /^\w*(?:Error|Exception)\b/.test(line))?.slice(0, 300) ?? 'the process that loaded it ended without an answer';
}
