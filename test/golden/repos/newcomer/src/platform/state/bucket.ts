import { Recent } from './recent.js';

/** A token bucket, which refills evenly. */
export interface Bucket {
  readonly key: string;
  /** Tokens that it holds. */
  readonly size: number;
  /** Seconds in which an empty one is full again; a minute unless given. */
  readonly seconds?: number;
  /** Tokens to take. */
  readonly cost: number;
}

/** What a bucket holds after a {@link Take}. */
export interface Level {
  /** Tokens that it holds when it is full. */
  readonly limit: number;
  readonly remaining: number;
  /** Seconds until it is full, rounded up. */
  readonly resetSeconds: number;
  /** Seconds until the cost would be there, rounded up; 0 where it was. */
  readonly waitSeconds: number;
}

/** Takes from all buckets of a tenant, or, where one of them holds too little, from none. */
export type Take = (tenant: string, buckets: readonly Bucket[]) => Promise<readonly Level[]>;

/** Microseconds in which one token comes back. */
export const stepOf = ({ size, seconds = 60 }: Bucket): number => Math.floor((seconds * 1_000_000) / size);

/**
 * GCRA: a bucket is one number, the time at which it will be full again.
 *
 * @param missing - For each bucket, microseconds until it would have been full.
 */
export function levelsOf(buckets: readonly Bucket[], missing: readonly number[]): { isGranted: boolean; levels: readonly Level[] } {
  const states = buckets.map((bucket, at) => {
    const step = stepOf(bucket);
    const now = missing[at] ?? 0;
    return { bucket, step, now, over: now + (bucket.cost - bucket.size) * step };
  });
  const isGranted = states.every(({ over }) => over <= 0);
  const levels = states.map(({ bucket: { size, cost }, step, now, over }) => {
    const after = isGranted ? now + cost * step : now;
    return {
      limit: size,
      remaining: Math.floor((size * step - after) / step),
      resetSeconds: Math.ceil(after / 1_000_000),
      waitSeconds: Math.max(0, Math.ceil(over / 1_000_000)),
    };
  });
  return { isGranted, levels };
}

/** Buckets a process remembers at least. Those that were used the longest ago go first: they are the fullest. */
const BUCKETS = 25_000;

/** Buckets of this process. @param now - A monotonic clock, in milliseconds. @param fullAt - Remembers when each will be full, in microseconds. */
export function createBuckets(now = (): number => performance.now(), fullAt: Pick<Recent<number>, 'get' | 'set'> = new Recent<number>(BUCKETS)): Take {
  return async (tenant, buckets) => {
    const time = Math.floor(now() * 1_000);
    // The length keeps tenants apart, whatever they and the keys are called.
    const names = buckets.map(({ key }) => `${tenant.length}:${tenant}${key}`);
    const missing = names.map((name) => Math.max(0, (fullAt.get(name) ?? 0) - time));
    const { isGranted, levels } = levelsOf(buckets, missing);
    if (!isGranted) return levels;
    buckets.forEach((bucket, at) => fullAt.set(names[at] ?? '', time + (missing[at] ?? 0) + bucket.cost * stepOf(bucket)));
    return levels;
  };
}
