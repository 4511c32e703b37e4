import { startServer } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';
import { startNginx } from './nginx.ts';
import type { Nginx } from './nginx.ts';
import { freePort } from '../start.ts';
import type { RedisServer } from './redis-server.ts';

/** Several instances of a server that share a Redis, behind a proxy that gives each the next request. */
export interface Cluster {
  /** Where clients go. */
  readonly url: URL;
  readonly instances: Server[];
  /** Starts one more in the place of another: same port, so the proxy need not know. */
  replace(at: number): Promise<void>;
  close(): Promise<void>;
}

export const SECRET = Buffer.alloc(32, 9).toString('base64');

export async function startCluster(repo: string, redis: Pick<RedisServer, 'url'>, count = 3, env: Readonly<Record<string, string>> = {}): Promise<Cluster> {
  const port = await freePort();
  const url = new URL(`http://localhost:${port}/mcp`);
  const start = (at: number, fixed?: number) =>
    startServer(repo, { REDIS_URL: redis.url, MCP_SECRET: SECRET, MCP_PUBLIC_URL: url.href, INSTANCE: `instance-${at}`, ...env }, fixed);
  const instances = await Promise.all(Array.from({ length: count }, (_, at) => start(at)));
  const nginx: Nginx = await startNginx(instances.map((instance) => instance.port), port);
  return {
    url,
    instances,
    async replace(at) {
      const old = instances[at];
      if (!old) throw new Error(`no instance ${at}`);
      await old.exited;
      instances[at] = await start(at, old.port);
    },
    async close() {
      await nginx.close();
      await Promise.all(instances.map((instance) => instance.kill()));
    },
  };
}
