import type { Log } from '../observe/log.js';
import { createBuckets, type Take } from './bucket.js';
import { StateFull, type StatePort, StateUnavailable } from './port.js';

/** Milliseconds between two attempts to count in a store that does not answer. */
const LOCAL_MS = 1_000;

/** Counts in the store; while that does not answer in this process, because a limit that is a little off is better than none. */
export function takeSomewhere(state: StatePort, log: Log): Take {
  const locally = createBuckets();
  let isLocal = false;
  let localUntil = -Infinity;
  return async (tenant, buckets) => {
    if (performance.now() < localUntil) return locally(tenant, buckets);
    try {
      const levels = await state.take(tenant, buckets);
      isLocal = false;
      return levels;
    } catch (error) {
      if (!(error instanceof StateUnavailable || error instanceof StateFull)) throw error;
      if (!isLocal) log.warn('limits.in_process', { hint: 'The store does not count; every instance counts for itself.' });
      isLocal = true;
      localUntil = performance.now() + LOCAL_MS;
      return locally(tenant, buckets);
    }
  };
}
