import { levelsOf, stepOf } from './bucket.js';
import type { StatePort } from './port.js';
import type { Redis } from './redis.js';

/** Compares and sets in one step; with one argument it compares and deletes. */
const REPLACE = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) else redis.call('DEL', KEYS[1]) end
return 1`;

/**
 * Token buckets by the clock of Redis, in microseconds; says how much each was missing. `%.0f`, because Lua would write
 * so large a number with an exponent. ARGV: for each key what it holds at most, and what is taken.
 */
const TAKE = `local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local missing, granted = {}, true
for at, full in ipairs(redis.call('MGET', unpack(KEYS))) do
  missing[at] = math.max(0, (tonumber(full) or 0) - now)
  granted = granted and missing[at] + ARGV[2 * at] <= tonumber(ARGV[2 * at - 1])
end
for at, key in ipairs(KEYS) do
  local after = missing[at] + ARGV[2 * at]
  if granted then redis.call('SET', key, string.format('%.0f', now + after), 'PX', math.ceil(after / 1000)) end
  missing[at] = string.format('%.0f', missing[at])
end
return missing`;

/** Names things in Redis: those of one tenant are on one node of a cluster. @param prefix - Keeps servers apart that share a Redis. */
export type KeyOf = (tenant: string, key: string) => string;

export const keysWith =
  (prefix: string): KeyOf =>
  (tenant, key) =>
    `${prefix}:{${encodeURIComponent(tenant)}}:${key}`;

/** State in Redis 7 or later, or Valkey: shared by all instances. */
export function createRedisState({ run }: Redis, keyOf: KeyOf): StatePort {
  const lasting = (ttlMs: number) => ({ type: 'PX', value: Math.ceil(ttlMs) }) as const;
  return {
    get: async (tenant, key, extendMs) => {
      const name = keyOf(tenant, key);
      return (await run((client) => (extendMs === undefined ? client.get(name) : client.getEx(name, lasting(extendMs))))) ?? undefined;
    },
    set: async (tenant, key, value, ttlMs) => {
      await run((client) => client.set(keyOf(tenant, key), value, { expiration: lasting(ttlMs) }));
    },
    claim: async (tenant, key, value, ttlMs) => {
      const options = { expiration: lasting(ttlMs), condition: 'NX', GET: true } as const;
      return (await run((client) => client.set(keyOf(tenant, key), value, options))) ?? undefined;
    },
    replace: async (tenant, key, expected, value, ttlMs) => {
      const next = value === undefined ? [] : [value, String(Math.ceil(ttlMs))];
      return (await run((client) => client.eval(REPLACE, { keys: [keyOf(tenant, key)], arguments: [expected, ...next] }))) === 1;
    },
    delete: async (tenant, key) => {
      await run((client) => client.del(keyOf(tenant, key)));
    },
    take: async (tenant, buckets) => {
      const keys = buckets.map(({ key }) => keyOf(tenant, `bucket:${key}`));
      const amounts = buckets.flatMap((bucket) => [bucket.size, bucket.cost].map((tokens) => String(tokens * stepOf(bucket))));
      const missing = await run((client) => client.eval(TAKE, { keys, arguments: amounts }));
      return levelsOf(buckets, Array.isArray(missing) ? missing.map(Number) : []).levels;
    },
  };
}
