import type { Log } from '../observe/log.js';

/** Pause after a failed fetch: it doubles from the first to the second. Milliseconds. */
const PAUSES = [1_000, 30_000] as const;

/**
 * Runs fetches, but not in quick succession while they fail: a server that is
 * down is not helped by more requests, and whoever sends garbage must not cause them.
 */
export function createBackOff(event: string, issuer: string, log: Log): <T>(work: () => Promise<T>) => Promise<T> {
  const [first, longest] = PAUSES;
  let pause: number = first;
  let closedUntil = -Infinity;
  return async (work) => {
    if (performance.now() < closedUntil) throw new Error('the last attempt has failed a moment ago');
    try {
      const value = await work();
      pause = first;
      return value;
    } catch (error) {
      closedUntil = performance.now() + pause;
      pause = Math.min(pause * 2, longest);
      log.failure(event, error, { issuer, hint: 'Can this machine reach the authorization server?' });
      throw error;
    }
  };
}
