import { spawn } from 'node:child_process';
import path from 'node:path';
import { serverEnv } from '../start.ts';
import type { Rpc } from './http.ts';
import { legacy, modern } from './message.ts';
import { linesOf, until } from './server.ts';
import type { Exit } from './server.ts';

const children = new Set<Pipe>();

/** Ends every server of this file that a failed test left behind. */
export function killPipes(): void {
  for (const child of children) child.kill();
}

/** A server on pipes. */
export interface Pipe {
  write(bytes: string | Uint8Array): void;
  send(message: object): void;
  end(): void;
  /** Every line of stdout, parsed. Throws when one is not JSON. */
  messages(): Rpc[];
  answerTo(id: unknown): Promise<Rpc>;
  stdout(): string;
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
  kill(): void;
  readonly exited: Promise<Exit>;
}

/** Starts `dist/stdio.js` of a built repo. */
export function open(at: string, env: Readonly<Record<string, string>> = {}): Pipe {
  const child = spawn(process.execPath, [path.join(at, 'dist/stdio.js')], { cwd: at, env: serverEnv(env) });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  child.stdin.on('error', () => undefined);
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
  const messages = () => linesOf(stdout).map((line) => JSON.parse(line) as Rpc);
  const pipe: Pipe = {
    write: (bytes) => void child.stdin.write(bytes),
    send: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    end: () => void child.stdin.end(),
    messages,
    async answerTo(id) {
      const find = () => messages().find((message) => message.id === id && message.method === undefined);
      await until(() => find() !== undefined);
      return find() ?? {};
    },
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (signal) => void child.kill(signal),
    kill: () => void child.kill('SIGKILL'),
    exited,
  };
  children.add(pipe);
  void exited.then(() => children.delete(pipe));
  return pipe;
}

export const request = (id: unknown, method: string, params: Record<string, unknown> = {}): object => JSON.parse(modern(method, params, { id }).body) as object;
export const old = (id: unknown, method: string, params: Record<string, unknown> = {}): object => JSON.parse(legacy(method, params, { id }).body) as object;
export const use = (id: unknown, name: string, args: Record<string, unknown> = {}): object => request(id, 'tools/call', { name, arguments: args });
export const initialize = (id: unknown): object => old(id, 'initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'old', version: '1' } });
