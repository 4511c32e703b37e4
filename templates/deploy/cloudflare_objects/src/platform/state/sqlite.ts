import type { SqlStorage } from 'cloudflare:workers';
import { StateUnavailable } from './port.js';

/** The database of one process. Statements run at once: several of them, with nothing awaited in between, are one step. */
export interface Database {
  /** @returns the rows. @throws {StateUnavailable} */
  run(statement: string, ...values: readonly (string | number)[]): readonly Readonly<Record<string, unknown>>[];
  /** In bytes. */
  size(): number;
}

// Without row ids: one write per row, not one more for its key.
const TABLES = `
CREATE TABLE IF NOT EXISTS entries (tenant TEXT, key TEXT, value TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (tenant, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, full_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS streams (tenant TEXT, name TEXT, last INTEGER NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (tenant, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (tenant TEXT, name TEXT, position INTEGER, text TEXT NOT NULL, PRIMARY KEY (tenant, name, position)) WITHOUT ROWID;
`;

/** Opens the storage of a Durable Object. @throws {StateUnavailable} */
export function openDatabase(sql: SqlStorage): Database {
  const database: Database = {
    run(statement, ...values) {
      try {
        return sql.exec(statement, ...values).toArray();
      } catch (error) {
        throw new StateUnavailable('The storage of the object has failed.', { cause: error });
      }
    },
    size: () => sql.databaseSize,
  };
  database.run(TABLES);
  return database;
}

/** Removes what has expired. @returns whether anything is left. */
export function sweep({ run }: Database): boolean {
  const now = Date.now();
  run('DELETE FROM entries WHERE expires <= ?', now);
  run('DELETE FROM buckets WHERE full_at <= ?', now * 1_000);
  run('DELETE FROM events WHERE (tenant, name) IN (SELECT tenant, name FROM streams WHERE expires <= ?)', now);
  run('DELETE FROM streams WHERE expires <= ?', now);
  return run('SELECT 1 FROM entries UNION ALL SELECT 1 FROM buckets UNION ALL SELECT 1 FROM streams LIMIT 1').length > 0;
}
