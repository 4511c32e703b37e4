import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import path from 'node:path';

/** A running generated server. */
export interface Running {
  readonly url: URL;
  /** Everything it has written so far. */
  readonly output: () => string;
  /** SIGTERM, then its exit code. */
  readonly stop: () => Promise<number | null>;
}

/**
 * A port of loopback that nobody listens on. Below those that a system gives to outgoing connections, or one of them
 * could take it while a server of ours is down.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Tests call the same tool as often as they like; those of the limits set their own. */
const unlimited = { RATE_LIMIT_TENANT_PER_MINUTE: '0', RATE_LIMIT_AGENT_PER_MINUTE: '0', RATE_LIMIT_TOOL_PER_MINUTE: '0' } as const;

/** Environment of a server: what the machine needs, nothing of ours. */
export function serverEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], ...unlimited, ...extra };
}

/** Starts `dist/node.js` of a built repo and waits until it answers. @param node the executable to run it on. */
export async function startHttp(repo: string, extra: Readonly<Record<string, string>> = {}, node = process.execPath): Promise<Running> {
  const port = await freePort();
  const child = spawn(node, ['dist/node.js'], { cwd: path.resolve(repo), env: serverEnv({ PORT: String(port), ...extra }) });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const url = new URL(`http://localhost:${port}/mcp`);
  for (let attempt = 0; ; attempt++) {
    const ready = await fetch(new URL('/readyz', url)).then((answer) => answer.ok, () => false);
    if (ready) break;
    if (child.exitCode !== null || attempt > 300) throw new Error(`the server did not start:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    output: () => output,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
