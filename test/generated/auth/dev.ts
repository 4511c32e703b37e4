import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { inject } from 'vitest';
import { freePort, serverEnv } from '../start.ts';
import { until } from '../wire/server.ts';

/** `npm run dev` of a repo: the server on `url`, its authorization server on the port above. */
export interface Dev {
  readonly url: URL;
  readonly issuer: string;
  readonly output: () => string;
  stop(): Promise<void>;
}

const started: ChildProcess[] = [];

/** Starts it and waits until it is healthy. @throws with its output when it ends before that. */
export async function startDev(repo: string, env: Record<string, string> = {}): Promise<Dev> {
  const tsx = path.join(inject('workspace'), 'node_modules/tsx/dist/cli.mjs');
  const port = await freePort();
  // A group of its own, so that the watcher's server ends with it.
  const child = spawn(process.execPath, [tsx, 'dev/serve.ts'], { cwd: repo, env: serverEnv({ PORT: String(port), ...env }), detached: true });
  started.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const url = new URL(`http://localhost:${port}/mcp`);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await until(async () => child.exitCode !== null || (await fetch(new URL('/healthz', url)).then((answer) => answer.ok, () => false)), 30_000);
  if (child.exitCode !== null) throw new Error(output);
  return {
    url,
    issuer: `http://localhost:${port + 1}`,
    output: () => output,
    async stop() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await exited;
    },
  };
}

/** Ends those of a test file that has failed before it stopped them. */
export function killDevs(): void {
  for (const { pid, exitCode } of started) if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
}
