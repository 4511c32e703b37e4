import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { finish, scratch } from '../scratch.ts';
import { until } from '../wire/server.ts';

/** A folder that stands for the root of a machine on which the commands of a README were run. */
export interface Machine {
  readonly root: string;
  read(file: string): string;
  /** Starts an instance as the unit says, and waits until it is ready. */
  start(port: number): Promise<Instance>;
}

export interface Instance {
  readonly port: number;
  readonly pid: number;
  /** Sends a signal. @returns the exit code once it has ended. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * Does what the README of a built repo says, but for `systemctl`.
 * @param env what its commands find in the shell
 */
export async function installOn(repo: string, app: string, env: Readonly<Record<string, string>>): Promise<Machine> {
  const root = scratch('machine');
  for (const folder of ['etc/nginx/conf.d', 'etc/caddy', 'etc/systemd/system']) mkdirSync(path.join(root, folder), { recursive: true });
  const [, section = ''] = /^## systemd$([\s\S]*?)^## /m.exec(readFileSync(path.join(repo, 'README.md'), 'utf8')) ?? [];
  const commands = [...section.matchAll(/^.*\bsudo install .*$/gm)].map(([line]) => line.replaceAll('sudo ', '').replaceAll(/ \/(?=etc|opt)/g, ` ${root}/`));
  for (const command of commands) await finish('sh', ['-euc', command], repo, { PATH: process.env['PATH'], ...env });
  await finish('install', ['-m', '644', 'deploy/systemd/Caddyfile', path.join(root, 'etc/caddy/Caddyfile')], repo);
  const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
  return { root, read, start: (port) => start(root, read(`etc/systemd/system/${app}@.service`), port) };
}

/** Adds settings to those of the server, as its owner does. */
export function set(machine: Machine, app: string, settings: Readonly<Record<string, string>>): void {
  const file = `etc/${app}/settings.env`;
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(path.join(machine.root, file), machine.read(file) + lines.join(''));
}

async function start(root: string, unit: string, port: number): Promise<Instance> {
  const said = (key: string): string[] => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value.replaceAll('%i', String(port)));
  const at = (file: string): string => path.join(root, file);
  const credentials = new Map(said('LoadCredential').map((one): [string, string] => [one.slice(0, one.indexOf(':')), at(one.slice(one.indexOf(':') + 1))]));
  const given = said('Environment').map((line) => line.replaceAll(/%d\/(\w+)/g, (_, name: string) => credentials.get(name) ?? 'no such credential'));
  const files = said('EnvironmentFile').flatMap((file) => readFileSync(at(file), 'utf8').split('\n').filter((line) => /^[A-Z]/.test(line)));
  const env = Object.fromEntries([...given, ...files].map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const [, ...argv] = (said('ExecStart')[0] ?? '').split(' ');
  const child: ChildProcess = spawn(process.execPath, argv.map((word) => (word.startsWith('/') ? at(word) : word)), { cwd: '/', env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await until(() => {
    if (child.exitCode !== null) throw new Error(`the instance did not start:\n${output}`);
    return fetch(`http://127.0.0.1:${port}/readyz`).then((answer) => answer.ok, () => false);
  });
  return {
    port,
    pid: child.pid ?? 0,
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}
