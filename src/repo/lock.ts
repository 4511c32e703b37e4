import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError, cancelled } from '../error.ts';
import { codeOf, explained } from '../tree/fault.ts';

/** Milliseconds: how often to look, and when a lock belongs to nobody whatever it says. */
const interval = 20;
const longestRun = 600_000;

/** A lock whose owner has not written its name yet, or never will, in milliseconds. */
const nameless = 5_000;

/**
 * Runs `work` while no other command changes this repository: what it reads is what it writes upon.
 * The lock is a folder, because making one is exclusive on every file system; a file in it names the owner.
 *
 * @param patience how long to wait for another command, in milliseconds
 * @throws {UserError} `locked` when another command keeps it for longer; `write_failed` when the folder can't be made.
 */
export async function withLock<T>(root: string, signal: AbortSignal, work: () => Promise<T>, patience = 30_000): Promise<T> {
  const lock = path.join(root, '.mcp-gen.lock');
  const until = Date.now() + patience;
  while (!take(lock)) {
    if (isAbandoned(lock)) breakLock(lock);
    else if (signal.aborted) throw cancelled();
    else if (Date.now() > until) throw new UserError('locked', `Another mcp-gen command is changing ${root}.`, { hint: `If none is running, remove ${lock}` });
    else await wait(interval * (1 + Math.random()));
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function take(lock: string): boolean {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw explained(error, 'write', path.dirname(lock), 'Nothing was written.');
  }
  try {
    writeFileSync(path.join(lock, 'owner'), JSON.stringify({ pid: process.pid, host: hostname() }));
    return true;
  } catch (error) {
    rmSync(lock, { recursive: true, force: true });
    throw explained(error, 'write', path.dirname(lock), 'Nothing was written.');
  }
}

function isAbandoned(lock: string): boolean {
  const age = ageOf(lock);
  if (age === undefined) return false;
  const owner = ownerOf(lock);
  if (owner === undefined) return age > nameless;
  if (owner.host !== hostname()) return age > longestRun;
  return !isRunning(owner.pid) || age > longestRun;
}

/**
 * Only whoever holds the second folder may remove an abandoned lock, and looks again before it does:
 * of two that have seen the same one, the slower would otherwise remove the faster one's new lock.
 */
function breakLock(lock: string): void {
  const breaking = `${lock}.breaking`;
  try {
    mkdirSync(breaking);
  } catch {
    if ((ageOf(breaking) ?? 0) > nameless) rmSync(breaking, { recursive: true, force: true });
    return;
  }
  try {
    if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
  } finally {
    rmSync(breaking, { recursive: true, force: true });
  }
}

function ageOf(folder: string): number | undefined {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found === undefined ? undefined : Date.now() - found.mtimeMs;
}

function ownerOf(lock: string): { pid: number; host: string } | undefined {
  try {
    return JSON.parse(readFileSync(path.join(lock, 'owner'), 'utf8')) as { pid: number; host: string };
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}
