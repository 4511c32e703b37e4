import { closeSync, linkSync, lstatSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../error.ts';
import { codeOf } from './fault.ts';
import { commit } from './staging.ts';
import type { FileChange } from './target.ts';

/** Puts staged files into an existing directory: never through a symbolic link, never over anything but what was inspected. */
export function placeAll(directory: string, staging: string, changes: readonly FileChange[]): void {
  recordFolders(directory, staging, changes);
  for (const change of changes) place(directory, staging, change);
  commit(staging);
}

/** Notes which folders are the user's, so that taking the files back removes only our own. Half a list would name some of theirs as ours: it gets its name when it is whole. */
function recordFolders(directory: string, staging: string, changes: readonly FileChange[]): void {
  const had = path.join(staging, 'listing');
  const parents = new Set(changes.map((change) => path.dirname(change.path)));
  for (const parent of parents) {
    if (lstatSync(path.join(directory, parent), { throwIfNoEntry: false })?.isDirectory() === true) mkdirSync(path.join(had, parent), { recursive: true });
  }
  mkdirSync(had, { recursive: true });
  renameSync(had, path.join(staging, 'had'));
}

function place(directory: string, staging: string, change: FileChange): void {
  const destination = path.join(directory, change.path);
  makeParents(directory, change.path);
  assertReal(path.dirname(destination));
  if (change.previous !== undefined) setAside(destination, path.join(staging, 'old', change.path), change.previous);
  putExclusively(staging, change.path, destination);
  assertReal(path.dirname(destination));
}

function makeParents(directory: string, relative: string): void {
  const parents = relative.split('/').slice(0, -1);
  for (let depth = 1; depth <= parents.length; depth++) {
    const at = path.join(directory, ...parents.slice(0, depth));
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) mkdirSync(at);
    else if (!found.isDirectory()) throw new UserError('unsafe_path', `${at} is in the way.`, { hint: 'Move it away or choose another directory.' });
  }
}

/** @throws {UserError} `unsafe_path` if `directory`, which was resolved before, leads elsewhere by now. */
export function assertReal(directory: string): void {
  if (realpathSync(directory) === directory) return;
  throw new UserError('unsafe_path', `${directory} became a symbolic link while writing.`, { hint: 'Choose a directory that only you can write to.' });
}

/** Looked at after the move, when it can't change any more: what is not the file the plan was compared with goes back. */
function setAside(destination: string, kept: string, previous: string): void {
  mkdirSync(path.dirname(kept), { recursive: true });
  renameSync(destination, kept);
  if (lstatSync(kept).isFile() && readFileSync(kept, 'utf8') === previous) return;
  throw new UserError('write_failed', `${destination} changed while writing.`, { hint: 'Nothing was replaced. Run the same command again.' });
}

const cannotLink = new Set(['EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

function putExclusively(staging: string, relative: string, destination: string): void {
  const staged = path.join(staging, 'new', relative);
  try {
    linkSync(staged, destination);
  } catch (error) {
    // Not every file system has hard links, and a folder may be a mount of its own.
    if (!cannotLink.has(codeOf(error))) throw error;
    copyExclusively(staged, path.join(staging, 'copied', relative), destination);
  }
}

/** The move to `copied` comes first: should the copy be cut short, it tells whose the half file is. */
function copyExclusively(staged: string, moved: string, destination: string): void {
  mkdirSync(path.dirname(moved), { recursive: true });
  renameSync(staged, moved);
  let file: number;
  try {
    file = openSync(destination, 'wx');
  } catch (error) {
    renameSync(moved, staged);
    throw error;
  }
  try {
    writeFileSync(file, readFileSync(moved));
  } finally {
    closeSync(file);
  }
}
