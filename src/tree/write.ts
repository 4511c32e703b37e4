import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { cancelled } from '../error.ts';
import { explained } from './fault.ts';
import { assertReal, placeAll } from './place.ts';
import { discard, rollBack, stage, stagingFor } from './staging.ts';
import type { FileChange, Target } from './target.ts';

/**
 * Puts a plan on the disk: all of it or nothing.
 * The only function of the CLI that writes files into a user's directory.
 *
 * @param signal aborted by Ctrl-C; what was written so far is taken back.
 * @throws {UserError} `write_failed` (full, read-only or forbidden disk), `unsafe_path` (symbolic link in the way), `cancelled`.
 */
export async function writeTarget(target: Target, signal: AbortSignal): Promise<void> {
  const { directory, exists } = target;
  const staging = stagingFor(directory, exists);
  const madeParents = exists ? undefined : firstMissing(path.dirname(directory));
  let opened = false;
  try {
    if (!exists) makeFolders(path.dirname(staging));
    assertReal(path.dirname(staging));
    mkdirSync(staging);
    opened = true;
    await fill(target, staging, signal);
  } catch (error) {
    const left = undo(target, opened ? staging : undefined, madeParents);
    throw explained(error, 'write', directory, left ?? 'Nothing was left behind.');
  }
  discard(staging);
}

async function fill({ directory, exists, changes }: Target, staging: string, signal: AbortSignal): Promise<void> {
  const planned: readonly FileChange[] = changes.filter((change) => change.action !== 'identical');
  mkdirSync(path.join(staging, 'new'));
  for (const change of planned) stage(staging, change.path, change.contents);
  // Signals are delivered between turns of the event loop, and the first turn may be past that point:
  // this is the last moment to stop without a trace.
  await setImmediate();
  await setImmediate();
  if (signal.aborted) throw cancelled();
  if (exists) placeAll(directory, staging, planned);
  else renameSync(path.join(staging, 'new'), directory);
}

/** @returns what could not be undone and what to do about it, if anything. */
function undo({ directory, exists }: Target, staging: string | undefined, madeParents: string | undefined): string | undefined {
  try {
    if (staging !== undefined) {
      if (!exists) rmSync(staging, { recursive: true, force: true });
      else if (!rollBack(directory, staging)) return `What stood there before is in ${path.join(staging, 'old')}.`;
    }
    if (madeParents !== undefined) removeEmpty(path.dirname(directory), madeParents);
    return undefined;
  } catch {
    return 'Not everything could be taken back: the same command, run again, does that first.';
  }
}

/** Removes `directory` and its parents up to and including `last`, as long as they are empty. */
function removeEmpty(directory: string, last: string): void {
  if (existsSync(directory)) {
    if (readdirSync(directory).length > 0) return;
    rmdirSync(directory);
  }
  if (directory !== last) removeEmpty(path.dirname(directory), last);
}

/** Step by step: a recursive `mkdir` says ENOENT where the disk is read-only. */
function makeFolders(directory: string): void {
  if (existsSync(directory)) return;
  makeFolders(path.dirname(directory));
  mkdirSync(directory);
}

function firstMissing(directory: string): string | undefined {
  if (existsSync(directory)) return undefined;
  return firstMissing(path.dirname(directory)) ?? directory;
}
