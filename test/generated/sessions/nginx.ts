import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '../scratch.ts';
import { until } from '../wire/server.ts';

/** nginx in front of several instances: strict round robin, no affinity. */
export interface Nginx {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts nginx on loopback. What an instance refuses because it is shutting down, another one gets: nothing of such a
 * request has happened. @throws when nginx is not installed: Debian's package `nginx-light` has it.
 */
export async function startNginx(ports: readonly number[], port: number): Promise<Nginx> {
  const folder = scratch('nginx');
  mkdirSync(path.join(folder, 'logs'));
  const config = path.join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; user root; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/logs/error.log;
events { worker_connections 2048; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream instances { ${ports.map((one) => `server 127.0.0.1:${one} max_fails=0;`).join(' ')} }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://instances;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_buffering off;
      proxy_read_timeout 60s;
      proxy_next_upstream error http_503 non_idempotent;
    }
  }
}
`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', config], { stdio: 'ignore' });
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  await until(() => {
    if (failure) throw failure;
    return fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false);
  });
  return {
    port,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
