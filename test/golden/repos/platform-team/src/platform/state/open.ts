import { identity } from '../../server.js';
import type { HttpConfig } from '../http/config.js';
import type { Log } from '../observe/log.js';
import { StateFull } from './port.js';
import { connectRedis, type Redis } from './redis.js';
import { createRedisChannel, createRedisLog } from './redis_log.js';
import { createRedisState, keysWith } from './redis_state.js';
import { type State, stateInProcess } from './state.js';

/** State in Redis; without one, which is refused in production, in this process. */
export async function openState({ REDIS_URL }: Pick<HttpConfig, 'REDIS_URL'>, log: Log): Promise<State> {
  if (REDIS_URL === undefined) {
    log.warn('state.in_process', { warning: 'REDIS_URL IS NOT SET: sessions and everything else end with this process.' });
    return stateInProcess();
  }
  const redis = await connectRedis(REDIS_URL, log);
  const prefix = `mcp:${identity.name}`;
  const keyOf = keysWith(prefix);
  let eviction = 'unknown';
  let isFull = false;
  const lookAtEviction = async (): Promise<void> => {
    eviction = await evictionOf(redis);
    if (eviction !== 'noeviction') log.warn('state.evicts', { policy: eviction, hint: EVICTS });
  };
  lookAtEviction().catch(() => undefined);
  return {
    values: createRedisState(redis, keyOf),
    channel: createRedisChannel(redis, prefix, log),
    log: createRedisLog(redis, keyOf, prefix),
    async ready() {
      // A replica answers as well as a primary, until something is to be written.
      const write = redis.run((client) => client.set(`${prefix}:ready`, '', { expiration: { type: 'PX', value: 1_000 } }));
      // One that is full still answers; without any instance nobody would.
      isFull = await write.then(() => false, rejectUnlessFull);
      if (eviction === 'unknown') await lookAtEviction();
      return true;
    },
    details: () => ({ redis_eviction: eviction, redis_memory: isFull ? 'full' : 'free' }),
    close: () => redis.close(),
  };
}

const EVICTS =
  'Redis may throw away idempotency keys and sessions when it is full, and a write could then happen twice. Set: maxmemory-policy noeviction';

/** @returns true. @throws what is no {@link StateFull} */
function rejectUnlessFull(error: unknown): true {
  if (error instanceof StateFull) return true;
  throw error;
}

/** The policy for a full memory; `INFO` tells it where `CONFIG` is forbidden. */
async function evictionOf({ run }: Redis): Promise<string> {
  const info = await run((client) => client.info('memory'));
  return /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'unknown';
}
