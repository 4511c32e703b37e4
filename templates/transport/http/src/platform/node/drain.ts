import type { Server } from 'node:http';
import type { App } from '../http/app.js';
import type { HttpConfig } from '../http/config.js';
import type { Log } from '../observe/log.js';

/** What open streams get to deliver their last frame, in milliseconds. */
const FLUSH_MS = 1_000;

/**
 * Stops the process in the order that loses no call: readiness 503, time for
 * load balancers to notice, new work refused, running calls finish, streams
 * end, services close, sockets close. A second signal exits at once.
 */
export function drainOnSignals(
  app: App,
  servers: readonly Server[],
  { SHUTDOWN_GRACE_MS: graceMs, NODE_ENV }: HttpConfig,
  log: Log,
): void {
  // On a developer's machine nobody balances load, and Ctrl-C should be quick.
  const noticeMs = NODE_ENV === 'production' ? Math.min(5_000, graceMs / 6) : 0;
  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    const deadline = performance.now() + graceMs;
    log.info('server.draining', { signal, grace_ms: graceMs });
    app.startLeaving();
    await sleep(noticeMs);
    app.startDraining();
    await Promise.race([app.idle(), sleep(deadline - performance.now())]);
    await app.close();
    await Promise.race([Promise.all(servers.map(closeServer)), sleep(FLUSH_MS)]);
    log.info('server.stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
}

function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  return closed;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
