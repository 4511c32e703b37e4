import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';

const made: string[] = [];
afterEach(() => {
  for (const at of made.splice(0)) rmSync(at, { recursive: true, force: true });
});

/** A folder of its own for one test, its path free of symbolic links. */
export function folder(): string {
  const at = realpathSync(mkdtempSync(path.join(tmpdir(), 'mcp-gen-test-')));
  made.push(at);
  return at;
}

/** Writes files given as path to contents; a path that ends with a slash is an empty folder. */
export function fill(root: string, files: Readonly<Record<string, string>>): string {
  for (const [relative, contents] of Object.entries(files)) {
    const at = path.join(root, relative);
    mkdirSync(relative.endsWith('/') ? at : path.dirname(at), { recursive: true });
    if (!relative.endsWith('/')) writeFileSync(at, contents);
  }
  return root;
}

/** Everything below a folder: path to kind, permissions and contents. Two equal snapshots are the same folder to a user. */
export function snapshot(root: string): Record<string, string> {
  if (lstatSync(root, { throwIfNoEntry: false }) === undefined) return { absent: 'absent' };
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).map((entry): [string, string] => {
    const at = path.join(entry.parentPath, entry.name);
    return [path.relative(root, at), describe(at)];
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function describe(at: string): string {
  const found = lstatSync(at);
  const mode = (found.mode & 0o777).toString(8);
  if (found.isSymbolicLink()) return `link to ${readlinkSync(at)}`;
  return found.isDirectory() ? `folder ${mode}` : `file ${mode} ${readFileSync(at, 'latin1')}`;
}

/** The staging folders left in or beside a target. */
export function leftovers(cwd: string): string[] {
  return readdirSync(cwd, { recursive: true, encoding: 'utf8' }).filter((entry) => /mcp-gen-\d+(?:-done)?$/.test(entry));
}
