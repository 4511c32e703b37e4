import { spawn, spawnSync } from 'node:child_process';
import { chownSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readServices } from '../image/compose.ts';
import { scratch } from '../scratch.ts';
import { freePort } from '../start.ts';
import { until } from '../wire/server.ts';

/** The nginx of a repo's compose file, in front of what a name server names. */
export interface Front {
  readonly port: number;
  close(): Promise<void>;
}

/** As the compose file has it: a user who may write to one folder, without a capability, and without a way to another. */
function confined(repo: string, folder: string): string[] {
  const [user = 0, group = 0] = readServices(readFileSync(path.join(repo, 'compose.yaml'), 'utf8')).proxy?.user.split(':').map(Number) ?? [];
  chownSync(folder, user, group);
  return ['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', '--bounding-set=-all', '--no-new-privs'];
}

/** Starts it with the repo's own configuration: all of it stays but where it listens, whom it asks for names, and what lies in /tmp. */
export async function startFront(repo: string, names: number, instances: number, port?: number): Promise<Front> {
  const listen = port ?? (await freePort());
  const folder = scratch('front');
  const config = path.join(folder, 'nginx.conf');
  const placed = [
    [/(?<=listen )3000(?=;)/, `127.0.0.1:${listen}`],
    [/(?<=resolver )127\.0\.0\.11(?= )/, `127.0.0.1:${names}`],
    [/(?<=\$instances:)3000(?=;)/, String(instances)],
    [/(?<= )\/tmp(?=\/)/g, folder],
  ] as const;
  const text = placed.reduce((changed, [pattern, value]) => {
    if (changed.search(pattern) < 0) throw new Error(`nothing matches ${String(pattern)}`);
    return changed.replace(pattern, value);
  }, readFileSync(path.join(repo, 'deploy/compose/nginx.conf'), 'utf8'));
  writeFileSync(config, text);
  const [command = '', ...argv] = [...(process.getuid?.() === 0 ? confined(repo, folder) : []), 'nginx', '-e', 'stderr', '-p', folder, '-c', config];
  const { status, stderr } = spawnSync(command, [...argv, '-t'], { encoding: 'utf8' });
  if (status !== 0 || stderr.includes('[warn]')) throw new Error(`nginx does not like its configuration:\n${stderr}`);
  const child = spawn(command, [...argv, '-g', 'daemon off;'], { stdio: 'ignore' });
  await until(() => {
    if (child.exitCode !== null) throw new Error('nginx has ended');
    return fetch(`http://127.0.0.1:${listen}/`).then(() => true, () => false);
  });
  return {
    port: listen,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.kill('SIGTERM')) await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
