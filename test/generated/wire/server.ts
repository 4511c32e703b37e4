import { spawn } from 'node:child_process';
import path from 'node:path';
import { freePort, serverEnv } from '../start.ts';

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A generated server that runs, and everything it has written. */
export interface Server {
  readonly port: number;
  readonly pid: number;
  readonly url: URL;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Its log, one object per line. Throws when a line is not JSON. */
  readonly log: () => Record<string, unknown>[];
  /** Resolves to the log once `wanted` holds for it. */
  readonly logUntil: (wanted: (log: Record<string, unknown>[]) => boolean) => Promise<Record<string, unknown>[]>;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly exited: Promise<Exit>;
  readonly hasExited: () => boolean;
  /** Ends it at once, whatever it is doing. */
  readonly kill: () => Promise<Exit>;
}

/** A process that ended by itself, or was ended at the limit. */
export interface Ended extends Exit {
  readonly stdout: string;
  readonly stderr: string;
  /** Whether something accepted connections on its port at any time. */
  readonly listened: boolean;
}

const running = new Set<Server>();

/** Starts `dist/node.js` of a built repo, on a free port unless it is given one, and waits until it answers. */
export async function startServer(repo: string, env: Readonly<Record<string, string>> = {}, fixedPort?: number): Promise<Server> {
  const port = fixedPort ?? (await freePort());
  const server = launch(repo, port, env);
  running.add(server);
  void server.exited.then(() => running.delete(server));
  for (let attempt = 0; ; attempt++) {
    if (await answers(port)) return server;
    if (attempt > 1_000 || server.hasExited()) throw new Error(`the server did not start:\n${server.stdout()}${server.stderr()}`);
    await sleep(20);
  }
}

/** Generous: two seconds are promised, on a machine that has nothing else to do. */
const REFUSAL_LIMIT_MS = 6_000;

/** Starts a server that is expected to refuse, and watches its port until it ends; `code` is null when it had to be ended. */
export async function startRefused(repo: string, env: Readonly<Record<string, string>>): Promise<Ended> {
  const port = await freePort();
  const server = launch(repo, port, env);
  let listened = false;
  const limit = performance.now() + REFUSAL_LIMIT_MS;
  while (!server.hasExited() && performance.now() < limit) {
    listened ||= await answers(port);
    await sleep(20);
  }
  const late = !server.hasExited();
  const exit = await (late ? server.kill() : server.exited);
  return { ...exit, stdout: server.stdout(), stderr: server.stderr(), listened };
}

/** Ends every server of this file that a failed test left behind. */
export async function killServers(): Promise<void> {
  await Promise.all([...running].map((server) => server.kill()));
}

function launch(repo: string, port: number, env: Readonly<Record<string, string>>): Server {
  const child = spawn(process.execPath, [path.join(repo, 'dist/node.js')], { cwd: repo, env: serverEnv({ PORT: String(port), ...env }), stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  let over = false;
  const exited = new Promise<Exit>((resolve) =>
    child.once('close', (code, signal) => {
      over = true;
      resolve({ code, signal });
    }),
  );
  const log = () => linesOf(stdout).map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    port,
    pid: child.pid ?? 0,
    url: new URL(`http://localhost:${port}/mcp`),
    stdout: () => stdout,
    stderr: () => stderr,
    log,
    async logUntil(wanted) {
      await until(() => wanted(log()));
      return log();
    },
    signal: (signal) => void child.kill(signal),
    exited,
    hasExited: () => over,
    kill() {
      child.kill('SIGKILL');
      return exited;
    },
  };
}

/** The complete lines of a text. */
export function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** Waits until `condition` holds; the limit only ends a test that fails anyway. */
export async function until(condition: () => boolean | Promise<boolean>, limitMs = 15_000): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error(`waited ${limitMs} ms in vain for ${condition.toString()}`);
    await sleep(10);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/healthz`).then((answer) => answer.ok, () => false);
}
