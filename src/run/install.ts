import { createWriteStream, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { UserError } from '../error.ts';
import type { PackageManager } from '../features/index.ts';
import { childEnv, findExecutable } from './executable.ts';
import type { Env } from './executable.ts';

export interface InstallOutcome {
  readonly status: 'installed' | 'failed' | 'cancelled' | 'missing';
  /** Complete output, kept when the install did not end well. */
  readonly log: string;
}

/** Milliseconds that a cancelled package manager gets to tidy up. */
const grace = 3_000;

const isWindows = process.platform === 'win32';

/**
 * Installs dependencies with their install scripts off. Its output goes to a log, line by line to `onLine`.
 * @param onLine called with each line of output, for progress.
 */
export async function install(packageManager: PackageManager, directory: string, env: Env, signal: AbortSignal, onLine: (line: string) => void): Promise<InstallOutcome> {
  const program = findExecutable(packageManager.id, env, directory);
  if (program === undefined) return { status: 'missing', log: '' };
  const options = {
    cwd: directory,
    env: { ...childEnv(env, directory), ...settings, npm_command: undefined },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
  } as const;
  const scriptsOff = packageManager.id === 'yarn' ? yarnScriptsOff(await execa(program, ['--version'], { ...options, cancelSignal: signal })) : [];
  const log = openLog(directory);
  // A process group of its own, so that cancelling also ends what a version manager's shim started.
  const child = execa(program, [...packageManager.install, ...scriptsOff], { ...options, all: true, buffer: false, detached: !isWindows });
  const settle = endWith(signal, (name) => (isWindows || child.pid === undefined ? child.kill(name) : process.kill(-child.pid, name)));
  for await (const line of child.iterable({ from: 'all' })) {
    log.write(`${line}\n`);
    onLine(line);
  }
  const { exitCode, shortMessage } = await child;
  settle();
  if (exitCode === undefined) log.write(`${shortMessage}\n`);
  await log.end();
  if (exitCode === 0) rmSync(log.file, { force: true });
  return { status: exitCode === 0 ? 'installed' : signal.aborted ? 'cancelled' : 'failed', log: log.file };
}

/**
 * What no flag says for every version. Yarn must neither run scripts nor refuse to write the first lockfile, as it would in CI;
 * corepack must not ask, nor pin itself in the package.json just written.
 */
const settings = {
  YARN_ENABLE_SCRIPTS: 'false',
  YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
  COREPACK_ENABLE_AUTO_PIN: '0',
  COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
};

/** Yarn classic has no setting for it in the environment, only a flag, which the later ones refuse. */
function yarnScriptsOff({ stdout }: { stdout: string }): string[] {
  return /^[01]\./.test(stdout.trim()) ? ['--ignore-scripts'] : [];
}

/** Ends a process when the run is cancelled: politely, then for good. @returns what to call when it has ended. */
function endWith(signal: AbortSignal, kill: (name: 'SIGTERM' | 'SIGKILL') => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const killRest = (name: 'SIGTERM' | 'SIGKILL'): void => {
    try {
      kill(name);
    } catch {
      // Everything has ended already.
    }
  };
  const onAbort = (): void => {
    killRest('SIGTERM');
    timer = setTimeout(() => killRest('SIGKILL'), grace);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
}

/** `install.log`, or another name if the user has one. A log that can't be written (a full disk) is cut short, the install goes on. */
function openLog(directory: string): { file: string; write: (text: string) => void; end: () => Promise<void> } {
  const [file, descriptor] = openNew(directory, ['install.log', `install-${process.pid}.log`]);
  const stream = createWriteStream(file, { fd: descriptor }).on('error', () => undefined);
  return {
    file,
    write: (text) => void stream.write(text),
    end: () => new Promise((resolve) => void stream.once('close', resolve).end()),
  };
}

function openNew(directory: string, names: readonly string[]): [string, number] {
  let cause: unknown;
  for (const name of names) {
    const file = path.join(directory, name);
    try {
      return [file, openSync(file, 'wx')];
    } catch (error) {
      cause = error;
    }
  }
  throw new UserError('install_failed', `Could not write a log of the install: ${cause instanceof Error ? cause.message : String(cause)}.`, {
    hint: `The repository is complete in ${directory}. Install its dependencies there.`,
    cause,
  });
}
