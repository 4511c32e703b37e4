import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The built executables, as npm would link them. */
export const executables = {
  create: fileURLToPath(new URL('../../dist/create-mcp-server.js', import.meta.url)),
  gen: fileURLToPath(new URL('../../dist/mcp-gen.js', import.meta.url)),
} as const;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What stdin holds; it is closed after it. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Environment without what npm, CI and colour settings of the machine would add. */
export function plainEnv(extra: Readonly<Record<string, string | undefined>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([key]) => !/^npm_|^CI$|^FORCE_COLOR$|^NO_COLOR$|^VITEST|^NODE_ENV$/i.test(key));
  return { ...Object.fromEntries(kept), ...extra };
}

/** Runs one executable to its end, with pipes instead of a terminal. */
export function run(executable: keyof typeof executables, argv: readonly string[], { cwd, env, input = '', timeoutMs = 20_000 }: SpawnOptions): Promise<Ended> {
  const child = spawn(process.execPath, [executables[executable], ...argv], { cwd, env: plainEnv(env), timeout: timeoutMs, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  child.stdin.on('error', () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
