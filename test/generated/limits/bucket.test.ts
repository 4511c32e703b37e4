import path from 'node:path';
import { createClient } from '@redis/client';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { inRedis } from '../sessions/adapters.ts';
import type { State } from '../sessions/adapters.ts';
import { killRedis, startRedis } from '../sessions/redis-server.ts';

interface Bucket {
  readonly key: string;
  readonly size: number;
  readonly seconds?: number;
  readonly cost: number;
}
interface Level {
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly waitSeconds: number;
}
type Take = (tenant: string, buckets: readonly Bucket[]) => Promise<readonly Level[]>;

let createBuckets: (now?: () => number) => Take;
let redis: State & { readonly values: { readonly take: Take } };
let client: { keys(pattern: string): Promise<string[]>; decrBy(key: string, by: number): Promise<number>; destroy(): void };
let url: string;
beforeAll(async () => {
  ({ createBuckets } = (await import(path.join(inject('workspace'), 'http-redis/src/platform/state/bucket.ts'))) as { createBuckets: typeof createBuckets });
  ({ url } = await startRedis());
  redis = (await inRedis(url)) as typeof redis;
  client = await createClient({ url }).connect();
});
afterAll(async () => {
  redis.close?.();
  client.destroy();
  await killRedis();
});

/** Lets time pass in Redis: what is stored is when a bucket is full again. */
async function pass(seconds: number): Promise<void> {
  for (const key of await client.keys('*:bucket:*')) await client.decrBy(key, seconds * 1_000_000);
}

describe('token buckets', () => {
  test('R115 R077 memory and Redis decide the same, whatever is asked when', async () => {
    let round = 0;
    // One token comes back in 30, 20, 10 or 60 s and time goes in steps of 10 s: how long the test itself takes cannot matter.
    const bucket = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), cost: fc.integer({ min: 1, max: 3 }) });
    const step = fc.record({ tenant: fc.constantFrom('t1', 't2'), buckets: fc.uniqueArray(bucket, { minLength: 1, maxLength: 3, selector: ({ name }) => name }), pause: fc.constantFrom(0, 0, 0, 10, 20, 60) });
    const size = { a: 2, b: 3, c: 6, d: 4 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        round++;
        let now = 1_000_000;
        const inMemory = createBuckets(() => now);
        for (const { tenant, buckets, pause } of steps) {
          now += pause * 1_000;
          if (pause > 0) await pass(pause);
          const wanted = buckets.map(({ name, cost }) => ({ key: `${round}${name}`, size: size[name as 'a'], ...(name === 'd' && { seconds: 240 }), cost }));
          const decided = (levels: readonly Level[]) => levels.map(({ limit, remaining, waitSeconds }) => [limit, remaining, waitSeconds > 0]);
          expect(decided(await redis.values.take(tenant, wanted))).toEqual(decided(await inMemory(tenant, wanted)));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('R115 R121 a minute holds what it says, refills evenly, and says when', async () => {
    let now = 0;
    const take = createBuckets(() => now);
    const one = async () => (await take('t', [{ key: 'k', size: 3, cost: 1 }]))[0];
    expect([await one(), await one(), await one(), await one()].map((level) => [level?.remaining, level?.resetSeconds, level?.waitSeconds])).toEqual([[2, 20, 0], [1, 40, 0], [0, 60, 0], [0, 60, 20]]);
    now = 19_999;
    expect((await one())?.waitSeconds).toBe(1);
    now = 20_000;
    expect(await one()).toEqual({ limit: 3, remaining: 0, resetSeconds: 60, waitSeconds: 0 });
    now = 80_000;
    expect((await one())?.remaining).toBe(2);
  });

  test.each(['memory', 'redis'])('R116 one bucket that is empty leaves the others as they are: %s', async (where) => {
    const take = where === 'memory' ? createBuckets() : redis.values.take;
    const small = { key: 'small', size: 1, cost: 1 };
    const large = { key: 'large', size: 5, cost: 1 };
    expect((await take('all-or-none', [large, small])).map(({ remaining }) => remaining)).toEqual([4, 0]);
    expect((await take('all-or-none', [large, small])).map(({ remaining }) => remaining)).toEqual([4, 0]);
    expect((await take('all-or-none', [large])).map(({ remaining }) => remaining)).toEqual([3]);
  });

  test('twenty at once from ten get ten, on two connections', async () => {
    const other = (await inRedis(url)) as typeof redis;
    const levels = await Promise.all(Array.from({ length: 20 }, (_, at) => [redis, other][at % 2]?.values.take('race', [{ key: 'k', size: 10, cost: 1 }])));
    expect(levels.filter((found) => found?.[0]?.waitSeconds === 0)).toHaveLength(10);
    other.close?.();
  });

  test('R124 a million random keys are not kept', async () => {
    const take = createBuckets(() => 0);
    await take('t', [{ key: 'first', size: 1, cost: 1 }]);
    const before = process.memoryUsage().heapUsed;
    for (let at = 0; at < 1_000_000; at++) await take('t', [{ key: `k${at}`, size: 1, cost: 1 }]);
    // The fullest is the one to go: it was used first.
    expect((await take('t', [{ key: 'first', size: 1, cost: 1 }]))[0]?.waitSeconds).toBe(0);
    expect((await take('t', [{ key: 'k999999', size: 1, cost: 1 }]))[0]?.waitSeconds).toBe(60);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  });
});
