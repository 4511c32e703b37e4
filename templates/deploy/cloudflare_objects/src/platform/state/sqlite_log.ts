import type { Channel } from './channel.js';
import { wakeOf } from './follow.js';
import type { EventLog } from './port.js';
import type { Database } from './sqlite.js';

const ENTRIES_PER_STREAM = 1_000;

/** From this size of the database on the oldest streams go, in bytes: their readers lose the past, nothing else. */
const CROWDED = 64 * 1024 * 1024;

/** Streams in SQLite. */
export function createSqliteLog({ run, size }: Database, channel: Channel): EventLog {
  const last = (tenant: string, name: string): number | undefined => {
    const [row] = run('SELECT last FROM streams WHERE tenant = ? AND name = ? AND expires > ?', tenant, name, Date.now());
    return row && Number(row['last']);
  };

  const drop = (tenant: string, name: string): void => {
    run('DELETE FROM events WHERE tenant = ? AND name = ?', tenant, name);
    run('DELETE FROM streams WHERE tenant = ? AND name = ?', tenant, name);
  };

  const makeRoom = (tenant: string, name: string): void => {
    while (size() > CROWDED) {
      const [oldest] = run('SELECT tenant, name FROM streams WHERE NOT (tenant = ? AND name = ?) ORDER BY expires LIMIT 1', tenant, name);
      if (!oldest) return;
      drop(String(oldest['tenant']), String(oldest['name']));
    }
  };

  return {
    async append(tenant, name, text, ttlMs) {
      const known = last(tenant, name);
      if (known === undefined) drop(tenant, name);
      // A stream that begins again goes on after its former positions: somebody may still wait there.
      const position = (known ?? Date.now() * 1_000) + 1;
      run('INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?)', tenant, name, position, Date.now() + Math.ceil(ttlMs));
      run('INSERT INTO events VALUES (?, ?, ?, ?)', tenant, name, position, text);
      run('DELETE FROM events WHERE tenant = ? AND name = ? AND position <= ?', tenant, name, position - ENTRIES_PER_STREAM);
      makeRoom(tenant, name);
      channel.publish(wakeOf(tenant, name), String(position));
      return String(position);
    },
    async read(tenant, name, after) {
      if (last(tenant, name) === undefined) return [];
      const rows = run('SELECT position, text FROM events WHERE tenant = ? AND name = ? AND position > ? ORDER BY position', tenant, name, Number(after));
      return rows.map(({ position, text }) => ({ id: String(position), text: String(text) }));
    },
    async last(tenant, name) {
      const position = last(tenant, name);
      return position === undefined ? undefined : String(position);
    },
  };
}
