import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { usageError } from '../error.ts';
import { itemKinds } from './index-files.ts';

/** File that marks a repository as generated. */
export const manifestName = '.mcp-gen.json';

/**
 * Read leniently: a repository may come from an older or newer version, and only what a command needs must be there.
 */
const manifestSchema = z.looseObject({
  version: z.string(),
  answers: z.looseObject({ name: z.optional(z.string()), auth: z.optional(z.string()), packageManager: z.optional(z.string()) }),
  files: z.record(z.string(), z.string()),
});

/** A generated repository on the disk. */
export interface Repo {
  /** Absolute. */
  readonly root: string;
  readonly manifest: z.infer<typeof manifestSchema>;
  /** Files directly in the item folders, relative and POSIX. */
  readonly itemPaths: readonly string[];
  /** The text of a file, or undefined when there is none. `file` is relative and POSIX. */
  read(file: string): string | undefined;
}

/**
 * Finds the generated repository that `cwd` is in.
 * @throws {UserError} `not_a_generated_repo` (exit 2) outside of one, or when its manifest can't be read.
 */
export function openRepo(cwd: string): Repo {
  const root = findRoot(cwd);
  if (root === undefined) {
    throw usageError('not_a_generated_repo', `No ${manifestName} in ${cwd} or above it.`, 'Run this inside a repository made by create-mcp-server.');
  }
  return {
    root,
    manifest: readManifest(path.join(root, manifestName)),
    itemPaths: itemKinds.flatMap((kind) => filesIn(root, `src/${kind}`)),
    read: (file) => {
      const at = path.join(root, file);
      return statSync(at, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(at, 'utf8') : undefined;
    },
  };
}

function findRoot(directory: string): string | undefined {
  if (existsSync(path.join(directory, manifestName))) return directory;
  const parent = path.dirname(directory);
  return parent === directory ? undefined : findRoot(parent);
}

function readManifest(file: string): Repo['manifest'] {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw usageError('not_a_generated_repo', `${file} can't be read as a manifest.`, 'Restore it from version control.');
  }
}

function filesIn(root: string, folder: string): string[] {
  const at = path.join(root, folder);
  if (!existsSync(at)) return [];
  return readdirSync(at, { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => `${folder}/${entry.name}`);
}
