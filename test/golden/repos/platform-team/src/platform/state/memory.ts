import { StateFull, type StatePort } from './port.js';

interface Entry {
  readonly value: string;
  /** On the monotonic clock, in milliseconds. */
  readonly expires: number;
}

/** One tenant's writes of an hour at the default rate limit. */
const ENTRIES_PER_TENANT = 36_000;

/** Sum of all keys and values, in UTF-16 code units. */
const TOTAL_LENGTH = 64 * 1024 * 1024;

/** State of this process: bounded, gone at exit, invisible to other instances. */
export function createMemoryState(): StatePort {
  const tenants = new Map<string, Map<string, Entry>>();
  let totalLength = 0;

  const remove = (tenant: string, key: string): void => {
    const entries = tenants.get(tenant);
    const entry = entries?.get(key);
    if (!entries || !entry) return;
    entries.delete(key);
    totalLength -= key.length + entry.value.length;
    if (entries.size === 0) tenants.delete(tenant);
  };

  const find = (tenant: string, key: string): string | undefined => {
    const entry = tenants.get(tenant)?.get(key);
    if (!entry) return undefined;
    if (entry.expires > performance.now()) return entry.value;
    remove(tenant, key);
    return undefined;
  };

  const sweep = (): void => {
    const now = performance.now();
    for (const [tenant, entries] of tenants) {
      for (const [key, { expires }] of entries) if (expires <= now) remove(tenant, key);
    }
  };

  const put = (tenant: string, key: string, value: string, ttlMs: number): void => {
    remove(tenant, key);
    const length = key.length + value.length;
    const isFull = (): boolean =>
      (tenants.get(tenant)?.size ?? 0) >= ENTRIES_PER_TENANT || totalLength + length > TOTAL_LENGTH;
    if (isFull()) sweep();
    // Evicting a live entry could let a write happen twice, so a full store refuses.
    if (isFull()) throw new StateFull('The in-memory state is full.');
    const entries = tenants.get(tenant) ?? new Map<string, Entry>();
    tenants.set(tenant, entries.set(key, { value, expires: performance.now() + ttlMs }));
    totalLength += length;
  };

  return {
    get: async (tenant, key) => find(tenant, key),
    set: async (tenant, key, value, ttlMs) => put(tenant, key, value, ttlMs),
    claim: async (tenant, key, value, ttlMs) => {
      const existing = find(tenant, key);
      if (existing === undefined) put(tenant, key, value, ttlMs);
      return existing;
    },
    delete: async (tenant, key) => remove(tenant, key),
  };
}
