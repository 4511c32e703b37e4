import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { sha256 } from '../tree/hash.ts';
import type { Repo } from './repo.ts';

/** What became of the files of a repository since they were generated. */
export interface Drift {
  readonly edited: readonly string[];
  readonly missing: readonly string[];
  /** How many files the manifest lists. */
  readonly generated: number;
}

/** Files that are written anew all the time, by `sync` and by the lock script. */
const derived = /^src\/(?:tools|resources|prompts)\/index\.ts$|^tools\.lock\.json$/;

/** Compares the disk with the hashes in the manifest. Line ends don't count: a checkout may change them. */
export function driftOf({ manifest, read }: Repo): Drift {
  const files = Object.entries(manifest.files).map(([file, hash]) => ({ file, hash, text: textOf(read(file)) }));
  return {
    edited: files.filter(({ file, hash, text }) => text !== undefined && sha256(text) !== hash && !derived.test(file)).map(({ file }) => file),
    missing: files.filter(({ text }) => text === undefined).map(({ file }) => file),
    generated: files.length,
  };
}

export const platformFolder = 'src/platform';

/** How `src/platform` differs from what was generated. */
export interface PlatformDrift {
  readonly changed: readonly string[];
  readonly missing: readonly string[];
  readonly added: readonly string[];
}

/** @param generated SHA-256 by path, of the manifest or of a fresh plan. */
export function platformDrift({ root, read }: Repo, generated: Readonly<Record<string, string>>): PlatformDrift {
  const expected = Object.entries(generated).filter(([file]) => file.startsWith(`${platformFolder}/`));
  const found = filesBelow(root, platformFolder);
  return {
    changed: expected.filter(([file, hash]) => found.includes(file) && sha256(textOf(read(file)) ?? '') !== hash).map(([file]) => file),
    missing: expected.map(([file]) => file).filter((file) => !found.includes(file)),
    added: found.filter((file) => !Object.hasOwn(generated, file)),
  };
}

function filesBelow(root: string, folder: string): string[] {
  const at = path.join(root, folder);
  if (!existsSync(at)) return [];
  return readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .toSorted();
}

function textOf(text: string | undefined): string | undefined {
  return text?.replaceAll('\r\n', '\n');
}
