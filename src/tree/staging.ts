import { lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codeOf, explained } from './fault.ts';
import { isRelativePath } from './tree.ts';

/*
 * Everything is first written to a staging folder on the same file system:
 *   <parent>/.<name>.mcp-gen-<pid>   for a directory that does not exist yet: one rename of `new` puts it in place
 *   <directory>/.mcp-gen-<pid>       for one that does; `place.ts` moves file by file, one last rename to `...-done` commits
 * In it:
 *   new/      every file of the plan; those that are in place are the same inode as their destination
 *   had/      the folders that were there before; made when `new` is complete, so nothing is in place without it
 *   old/      replaced files
 *   copied/   files of `new` that could not be linked and were, or were being, copied
 * So a failure before the end leaves the target as it was, and the folder alone says how to undo a killed run.
 */

const stagingName = /^\.(?:.+\.)?mcp-gen-(\d+)(-done)?$/;

/** True for the name of a staging folder. */
export function isStaging(entry: string): boolean {
  return stagingName.test(entry);
}

/** Where this process stages the files for `directory`. */
export function stagingFor(directory: string, exists: boolean): string {
  return exists
    ? path.join(directory, `.mcp-gen-${process.pid}`)
    : path.join(path.dirname(directory), `.${path.basename(directory)}.mcp-gen-${process.pid}`);
}

/** Writes one file below the staging folder. */
export function stage(staging: string, relative: string, contents: string): void {
  const file = path.join(staging, 'new', relative);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, contents, { flag: 'wx' });
}

/** All files are in place: from here on nothing is taken back. */
export function commit(staging: string): void {
  renameSync(staging, `${staging}-done`);
}

/** Removes what a finished run leaves. If that fails, the next run does it: the repository is complete. */
export function discard(staging: string): void {
  try {
    rmSync(staging, { recursive: true, force: true });
    rmSync(`${staging}-done`, { recursive: true, force: true });
  } catch {
    return;
  }
}

/**
 * Takes back what is in place of a staging folder inside `directory`, then removes the folder. May be cut short and repeated.
 * Nothing is removed that is not provably ours and unedited, and nothing behind a symbolic link is touched:
 * the folder may have come with a stranger's archive.
 *
 * @returns false if replaced files could not go back, because something took their place; then they stay in the staging folder.
 */
export function rollBack(directory: string, staging: string): boolean {
  const placingSince = lstatSync(path.join(staging, 'had'), { throwIfNoEntry: false, bigint: true })?.mtimeNs;
  if (placingSince !== undefined) {
    for (const relative of reachable(directory, path.join(staging, 'new'))) {
      const destination = path.join(directory, relative);
      if (isLinked(destination, path.join(staging, 'new', relative), placingSince)) rmSync(destination);
    }
    for (const relative of reachable(directory, path.join(staging, 'copied'))) {
      const destination = path.join(directory, relative);
      if (isCopied(destination, path.join(staging, 'copied', relative))) rmSync(destination);
    }
    removeMadeFolders(directory, staging);
  }
  for (const relative of reachable(directory, path.join(staging, 'old'))) {
    const destination = path.join(directory, relative);
    if (lstatSync(destination, { throwIfNoEntry: false }) !== undefined) continue;
    mkdirSync(path.dirname(destination), { recursive: true });
    renameSync(path.join(staging, 'old', relative), destination);
  }
  const restored = leavesBelow(path.join(staging, 'old')).length === 0;
  for (const part of restored ? ['.'] : ['new', 'copied']) rmSync(path.join(staging, part), { recursive: true, force: true });
  return restored;
}

/** Cleans up after runs that were killed: beside a directory that does not exist yet, and inside one that does. */
export function recover(directory: string): void {
  const beside = path.dirname(directory);
  for (const entry of entriesOf(beside)) {
    // In a shared folder like /tmp it may be another user's: then it does not concern us.
    if (entry.startsWith(`.${path.basename(directory)}.mcp-gen-`) && isAbandoned(beside, entry)) discard(path.join(beside, entry));
  }
  try {
    for (const entry of entriesOf(directory)) {
      if (!entry.startsWith('.mcp-gen-') || !isAbandoned(directory, entry)) continue;
      const staging = path.join(directory, entry);
      if (entry.endsWith('-done')) rmSync(staging, { recursive: true, force: true });
      else rollBack(directory, staging);
    }
  } catch (error) {
    throw explained(error, 'write', directory, 'It holds the rest of an interrupted run, which could not be taken back.');
  }
}

/** The longest a run can possibly take, in milliseconds; after it the process id is somebody else's. */
const longestRun = 3_600_000;

function isAbandoned(parent: string, entry: string): boolean {
  const pid = Number(stagingName.exec(entry)?.[1]);
  const found = lstatSync(path.join(parent, entry), { throwIfNoEntry: false });
  if (Number.isNaN(pid) || found?.isDirectory() !== true) return false;
  if (pid === process.pid || Date.now() - found.mtimeMs > longestRun) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Paths below `root` of everything but folders. Symbolic links are entries, never followed. */
function leavesBelow(root: string): string[] {
  return below(root, (isDirectory) => !isDirectory);
}

function below(root: string, wanted: (isDirectory: boolean) => boolean): string[] {
  if (lstatSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => wanted(entry.isDirectory()))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
}

/** Of the files below `root`, those whose place in `directory` is not behind a symbolic link, nor in `.git`. */
function reachable(directory: string, root: string): string[] {
  return leavesBelow(root).filter((relative) => isRelativePath(relative) && behindFolders(directory, relative));
}

function behindFolders(directory: string, relative: string): boolean {
  const parents = relative.split('/').slice(0, -1);
  return parents.every((_, depth) => {
    const found = lstatSync(path.join(directory, ...parents.slice(0, depth + 1)), { throwIfNoEntry: false });
    return found === undefined || found.isDirectory();
  });
}

/** The very file that was staged, not one with the same bytes, and not edited since. */
function isLinked(destination: string, staged: string, placingSince: bigint): boolean {
  const ours = lstatSync(staged, { bigint: true });
  const found = lstatSync(destination, { throwIfNoEntry: false, bigint: true });
  return found?.isFile() === true && found.ino === ours.ino && found.dev === ours.dev && ours.mtimeNs <= placingSince;
}

/** A copy we made, perhaps cut short. */
function isCopied(destination: string, source: string): boolean {
  if (lstatSync(destination, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const found = readFileSync(destination);
  return readFileSync(source).subarray(0, found.length).equals(found);
}

function removeMadeFolders(directory: string, staging: string): void {
  const folders = below(path.join(staging, 'new'), (isDirectory) => isDirectory).filter((relative) => isRelativePath(relative) && behindFolders(directory, relative));
  for (const relative of folders.toSorted((a, b) => b.length - a.length)) {
    if (statSync(path.join(staging, 'had', relative), { throwIfNoEntry: false }) !== undefined) continue;
    try {
      rmdirSync(path.join(directory, relative));
    } catch {
      // Never made, or something of the user's is in it.
    }
  }
}
