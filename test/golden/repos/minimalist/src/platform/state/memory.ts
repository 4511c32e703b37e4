import { createBuckets } from './bucket.js';
import { StateFull, type StatePort } from './port.js';

interface Entry {
  readonly value: string;
  /** On the monotonic clock, in milliseconds. */
  expires: number;
}

/** What belongs to one tenant. */
interface Holding {
  readonly entries: Map<string, Entry>;
  /** Sum of its keys and values. */
  length: number;
}

/** One tenant's writes of an hour at the default rate limit. */
const ENTRIES_PER_TENANT = 36_000;

/** Sum of all keys and values, in UTF-16 code units; and of those of one tenant, which must not fill up what is for all. */
const TOTAL_LENGTH = 64 * 1024 * 1024;
const TENANT_LENGTH = TOTAL_LENGTH / 2;

/** Milliseconds between two searches for what has expired: at most, and at least when there is no room. */
const SWEEP_MS = [60_000, 1_000] as const;

/** State of this process: bounded, gone at exit, invisible to other instances. */
export function createMemoryState(): StatePort {
  const tenants = new Map<string, Holding>();
  let totalLength = 0;
  let sweptAt = performance.now();

  const remove = (tenant: string, key: string): void => {
    const holding = tenants.get(tenant);
    const entry = holding?.entries.get(key);
    if (!holding || !entry) return;
    holding.entries.delete(key);
    holding.length -= key.length + entry.value.length;
    totalLength -= key.length + entry.value.length;
    if (holding.entries.size === 0) tenants.delete(tenant);
  };

  const find = (tenant: string, key: string): Entry | undefined => {
    const entry = tenants.get(tenant)?.entries.get(key);
    if (!entry || entry.expires > performance.now()) return entry;
    remove(tenant, key);
    return undefined;
  };

  const sweep = (now: number): void => {
    sweptAt = now;
    for (const [tenant, { entries }] of tenants) {
      for (const [key, { expires }] of entries) if (expires <= now) remove(tenant, key);
    }
  };

  const put = (tenant: string, key: string, value: string, ttlMs: number): void => {
    const now = performance.now();
    const old = tenants.get(tenant)?.entries.get(key);
    const growth = old ? value.length - old.value.length : key.length + value.length;
    const isFull = (): boolean => {
      const holding = tenants.get(tenant);
      return (!old && (holding?.entries.size ?? 0) >= ENTRIES_PER_TENANT) || (holding?.length ?? 0) + growth > TENANT_LENGTH || totalLength + growth > TOTAL_LENGTH;
    };
    if (now - sweptAt > SWEEP_MS[isFull() ? 1 : 0]) sweep(now);
    // Evicting a live entry could let a write happen twice, so a full store refuses.
    if (isFull()) throw new StateFull('The in-memory state is full.');
    remove(tenant, key);
    const holding = tenants.get(tenant) ?? { entries: new Map<string, Entry>(), length: 0 };
    tenants.set(tenant, holding);
    holding.entries.set(key, { value, expires: now + ttlMs });
    holding.length += key.length + value.length;
    totalLength += key.length + value.length;
  };

  return {
    get: async (tenant, key, extendMs) => {
      const entry = find(tenant, key);
      if (entry && extendMs !== undefined) entry.expires = performance.now() + extendMs;
      return entry?.value;
    },
    set: async (tenant, key, value, ttlMs) => put(tenant, key, value, ttlMs),
    claim: async (tenant, key, value, ttlMs) => {
      const existing = find(tenant, key);
      if (!existing) put(tenant, key, value, ttlMs);
      return existing?.value;
    },
    replace: async (tenant, key, expected, value, ttlMs) => {
      if (find(tenant, key)?.value !== expected) return false;
      if (value === undefined) remove(tenant, key);
      else put(tenant, key, value, ttlMs);
      return true;
    },
    delete: async (tenant, key) => remove(tenant, key),
    take: createBuckets(),
  };
}
