import { ToolError } from '../call/error.js';
import type { Take } from '../state/bucket.js';

/** What an API allows this server, all its instances together. */
export interface Quota {
  readonly perMinute: number;
  /** Milliseconds that a request may wait for its turn; with 0 it is refused at once. */
  readonly maxWaitMs: number;
}

/** Milliseconds between two looks. */
const LOOK_MS = 100;

/** No tenant's: what an API allows is shared by all of them. */
const EVERYBODY = '*';

/** Waits for a turn. @throws {ToolError} `rate_limit` */
export async function awaitQuota(name: string, { perMinute, maxWaitMs }: Quota, take: Take, signal: AbortSignal): Promise<void> {
  const limit = performance.now() + maxWaitMs;
  for (;;) {
    signal.throwIfAborted();
    const [level] = await take(EVERYBODY, [{ key: `upstream:${name}`, size: perMinute, cost: 1 }]);
    if (!level || level.waitSeconds === 0) return;
    if (performance.now() >= limit) throw ToolError.rateLimit(`${name} allows no more requests at the moment.`, { retryAfterSeconds: level.waitSeconds });
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
