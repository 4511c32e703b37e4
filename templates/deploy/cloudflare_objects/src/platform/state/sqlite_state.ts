import { createBuckets } from './bucket.js';
import { StateFull, type StatePort } from './port.js';
import { type Database, sweep } from './sqlite.js';

/** The database refuses entries beyond this size, in bytes. */
const FULL = 128 * 1024 * 1024;

/** Milliseconds between two searches for what has expired when there is no room. */
const SWEEP_MS = 1_000;

/** State in SQLite. Nothing is awaited within a step, so nothing comes in between. */
export function createSqliteState(database: Database): StatePort {
  const { run, size } = database;
  let sweptAt = -Infinity;

  const find = (tenant: string, key: string): string | undefined => {
    const [row] = run('SELECT value FROM entries WHERE tenant = ? AND key = ? AND expires > ?', tenant, key, Date.now());
    return row && String(row['value']);
  };

  const put = (tenant: string, key: string, value: string, ttlMs: number): void => {
    const now = Date.now();
    if (size() > FULL && now - sweptAt > SWEEP_MS) {
      sweptAt = now;
      sweep(database);
    }
    // Evicting a live entry could let a write happen twice, so a full store refuses.
    if (size() > FULL) throw new StateFull('The storage of the object is full.');
    run('INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?)', tenant, key, value, now + Math.ceil(ttlMs));
  };

  const remove = (tenant: string, key: string): void => void run('DELETE FROM entries WHERE tenant = ? AND key = ?', tenant, key);

  const fullAt = {
    get: (name: string) => Number(run('SELECT full_at FROM buckets WHERE name = ?', name)[0]?.['full_at'] ?? 0),
    set: (name: string, microseconds: number) => void run('INSERT OR REPLACE INTO buckets VALUES (?, ?)', name, microseconds),
  };

  return {
    async get(tenant, key, extendMs) {
      const value = find(tenant, key);
      if (value !== undefined && extendMs !== undefined) run('UPDATE entries SET expires = ? WHERE tenant = ? AND key = ?', Date.now() + Math.ceil(extendMs), tenant, key);
      return value;
    },
    set: async (tenant, key, value, ttlMs) => put(tenant, key, value, ttlMs),
    async claim(tenant, key, value, ttlMs) {
      const existing = find(tenant, key);
      if (existing === undefined) put(tenant, key, value, ttlMs);
      return existing;
    },
    async replace(tenant, key, expected, value, ttlMs) {
      if (find(tenant, key) !== expected) return false;
      if (value === undefined) remove(tenant, key);
      else put(tenant, key, value, ttlMs);
      return true;
    },
    delete: async (tenant, key) => remove(tenant, key),
    take: createBuckets(Date.now, fullAt),
  };
}
