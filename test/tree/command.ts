import { spawn, spawnSync } from 'node:child_process';
import { executables, plainEnv } from '../cli/spawn.ts';

/** How a command ended; `signal` if it was killed. */
export interface CommandEnded {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The words that start `create`. */
export const createWords = [process.execPath, executables.create] as const;

/** Runs any command line to its end. */
export function command(words: readonly string[], cwd: string, env: Readonly<Record<string, string | undefined>> = {}): Promise<CommandEnded> {
  const [program = '', ...argv] = words;
  const child = spawn(program, argv, { cwd, env: plainEnv(env), stdio: ['ignore', 'pipe', 'pipe'], timeout: 25_000, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** The words that put a command into namespaces of its own, or undefined where this machine does not allow that. */
export function unshare(...flags: string[]): string[] | undefined {
  return [
    ['unshare', ...flags],
    ['unshare', '--map-root-user', ...flags],
  ].find(([program = '', ...argv]) => spawnSync(program, [...argv, 'true']).status === 0);
}

/** Says that this machine can't prove a row; in CI that is a failure. */
export function unavailable(what: string): void {
  if (process.env['CI'] === 'true') throw new Error(`${what} is needed in CI.`);
  process.stderr.write(`\nNOT PROVEN ON THIS MACHINE, it lacks: ${what}\n`);
}
