import { existsSync, lstatSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { UserError, usageError } from '../error.ts';
import { reading } from './fault.ts';
import { isStaging } from './staging.ts';
import type { Tree } from './tree.ts';

/** What writing a planned file would do. `identical` files are left alone. */
export type FileAction = 'create' | 'overwrite' | 'identical';

export interface FileChange {
  readonly path: string;
  readonly action: FileAction;
  readonly contents: string;
  /** What stands there now, for `overwrite`. */
  readonly previous?: string;
}

/** The folder to write to, as it is now. Nothing here changes the disk. */
export interface Target {
  /** Absolute, every symbolic link in its parents resolved. */
  readonly directory: string;
  readonly exists: boolean;
  readonly changes: readonly FileChange[];
}

const segmentFault = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|[. ]$|[<>:"|?*\p{Cc}]/iu;

/**
 * Resolves the directory a user named.
 * @throws {UserError} `unsafe_path` for a name no system can hold, a file, or a symbolic link; `write_failed` if it can't be looked at.
 */
export function resolveDirectory(named: string, cwd: string): string {
  const absolute = path.resolve(cwd, named);
  const ours = path.relative(cwd, absolute).split(path.sep);
  const bad = ours.find((segment) => segment !== '..' && segment !== '' && (segmentFault.test(segment) || Buffer.byteLength(segment) > 200));
  if (named.trim() === '' || bad !== undefined) {
    throw usageError('unsafe_path', `The directory ${JSON.stringify(named)} can't be created on every system.`, 'Use letters, digits and hyphens.');
  }
  return reading(absolute, () => resolveReal(absolute));
}

function resolveReal(absolute: string): string {
  // Parents first: what is below a file can't be looked up.
  const parent = realParent(path.dirname(absolute));
  const found = lstatSync(absolute, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) {
    const real = existsSync(absolute) ? realpathSync(absolute) : undefined;
    throw usageError('unsafe_path', `${absolute} is a symbolic link.`, real === undefined ? 'It points nowhere: remove it.' : `Name the real path: ${real}`);
  }
  if (found !== undefined && !found.isDirectory()) throw usageError('unsafe_path', `${absolute} is a file.`, 'Choose another directory.');
  return path.join(parent, path.basename(absolute));
}

function realParent(directory: string): string {
  const parent = path.dirname(directory);
  const at = parent === directory ? directory : path.join(realParent(parent), path.basename(directory));
  const found = statSync(at, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return realpathSync(at);
  if (found === undefined && lstatSync(at, { throwIfNoEntry: false }) === undefined) return at;
  throw usageError('unsafe_path', `${at} is not a directory.`, 'Choose another directory.');
}

/** Compares a plan with the disk. A file of the plan behind a symbolic link is refused, not followed. */
export function inspectTarget(directory: string, tree: Tree): Target {
  const exists = existsSync(directory);
  const changes = tree.files().map(({ path: relative, contents }): FileChange => {
    const previous = exists ? reading(path.join(directory, relative), () => readPlain(directory, relative)) : undefined;
    if (previous === undefined) return { path: relative, action: 'create', contents };
    return previous === contents ? { path: relative, action: 'identical', contents } : { path: relative, action: 'overwrite', contents, previous };
  });
  return { directory, exists, changes };
}

function readPlain(directory: string, relative: string): string | undefined {
  const segments = relative.split('/');
  for (let depth = 1; depth <= segments.length; depth++) {
    const at = path.join(directory, ...segments.slice(0, depth));
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) return undefined;
    const wanted = depth === segments.length ? found.isFile() : found.isDirectory();
    if (!wanted) {
      throw new UserError('unsafe_path', `${at} is ${found.isSymbolicLink() ? 'a symbolic link' : 'in the way'}.`, {
        hint: 'Nothing was written. Move it away or choose another directory.',
      });
    }
  }
  return readFileSync(path.join(directory, relative), 'utf8');
}

/** Entries that count as content: `.git` and what an interrupted run left do not. */
export function contentOf(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return reading(directory, () => readdirSync(directory)).filter((entry) => entry !== '.git' && !isStaging(entry));
}
