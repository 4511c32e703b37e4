import { lstatSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { cancelled } from '../error.ts';
import { childEnv, findExecutable } from './executable.ts';
import type { Env } from './executable.ts';

export type GitOutcome = 'initialised' | 'inside-work-tree' | 'already' | 'git-missing' | 'failed';

/**
 * `git init`, without anybody's hooks or templates, never inside an existing repository, never touching an existing `.git`.
 * @throws {UserError} `cancelled`; the files are complete.
 */
export async function initGit(directory: string, env: Env, signal: AbortSignal): Promise<GitOutcome> {
  // Ours to look, not git's: it would take a `.git` that it does not understand for none.
  if (lstatSync(path.join(directory, '.git'), { throwIfNoEntry: false }) !== undefined) return 'already';
  const git = findExecutable('git', env, directory);
  if (git === undefined) return 'git-missing';
  const options = { cwd: directory, env: gitEnv(env, directory), extendEnv: false, reject: false, stdin: 'ignore', cancelSignal: signal, timeout: 30_000 } as const;
  const around = await execa(git, ['rev-parse', '--git-dir'], options);
  if (around.exitCode === 0) return 'inside-work-tree';
  if (!signal.aborted) {
    // Any other answer means that there is a repository, which git does not trust or can't read.
    if (!around.stderr.includes('not a git repository')) return 'failed';
    const done = await execa(git, ['-c', 'core.hooksPath=/dev/null', '-c', 'init.defaultBranch=main', 'init', '--quiet', '--template='], options);
    if (done.exitCode === 0) return 'initialised';
  }
  if (signal.aborted) throw cancelled(`git init was cancelled. The repository is complete in ${directory}.`);
  return 'failed';
}

/** `git rev-parse --local-env-vars`, and the template folder: set when a hook or `git rebase --exec` runs us, they point at another repository. */
const repositoryVariables = new RegExp(
  `^GIT_(?:${[
    'ALTERNATE_OBJECT_DIRECTORIES',
    'COMMON_DIR',
    'CONFIG',
    'CONFIG_(?:PARAMETERS|COUNT|KEY_\\d+|VALUE_\\d+)',
    'DIR',
    'GRAFT_FILE',
    'IMPLICIT_WORK_TREE',
    'INDEX_FILE',
    'INTERNAL_SUPER_PREFIX',
    'NAMESPACE',
    'NO_REPLACE_OBJECTS',
    'OBJECT_DIRECTORY',
    'PREFIX',
    'REPLACE_REF_BASE',
    'SHALLOW_FILE',
    'TEMPLATE_DIR',
    'WORK_TREE',
  ].join('|')})$`,
);

/** `LC_ALL`, because git translates what we look for in its answer. */
function gitEnv(env: Env, directory: string): Record<string, string | undefined> {
  const kept = Object.entries(childEnv(env, directory)).filter(([key]) => !repositoryVariables.test(key));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
