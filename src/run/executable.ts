import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Absolute path of a program on PATH, never one inside `outside`: a planted `git` in the target directory is not run,
 * nor is anything from a relative PATH entry (Windows also searches the working directory; an absolute path ends that).
 */
export function findExecutable(name: string, env: Env, outside: string): string | undefined {
  const extensions = process.platform === 'win32' ? (env['PATHEXT'] ?? '.EXE;.CMD').split(';') : [''];
  return trustedFolders(env, outside)
    .flatMap((folder) => extensions.map((extension) => path.join(folder, name + extension)))
    .find(isExecutable);
}

/** The environment for a child that runs inside `outside`: what it starts itself (`#!/usr/bin/env node`) is not found there either. */
export function childEnv(env: Env, outside: string): Record<string, string | undefined> {
  return { ...env, [pathKey(env)]: trustedFolders(env, outside).join(path.delimiter) };
}

function trustedFolders(env: Env, outside: string): string[] {
  return (env[pathKey(env)] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder) && !isInside(folder, outside) && !isInside(real(folder), outside));
}

function pathKey(env: Env): 'PATH' | 'Path' {
  return env['PATH'] === undefined && env['Path'] !== undefined ? 'Path' : 'PATH';
}

function isInside(folder: string, parent: string): boolean {
  const relative = path.relative(parent, folder);
  return !path.isAbsolute(relative) && relative !== '..' && !relative.startsWith(`..${path.sep}`);
}

function real(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
