import { execFileSync, execFile } from 'node:child_process';
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A new empty folder outside of any project. */
export function scratch(name: string): string {
  return realpathSync(mkdtempSync(path.join(tmpdir(), `${name}-`)));
}

/** Installs npm packages that ship programs into a folder of their own. @returns the folder their programs are in. */
export function programs(...packages: string[]): string {
  const folder = scratch('programs');
  writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
  // The packages `node` and `bun` put their binary in place by an install script.
  execFileSync('npm', ['install', '--ignore-scripts=false', '--no-audit', '--no-fund', ...packages], { cwd: folder, stdio: 'pipe' });
  return path.join(folder, 'node_modules/.bin');
}

/** Runs a command to its end. @throws with all its output when it fails. */
export async function finish(command: string, argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  try {
    const { stdout } = await run(command, argv, { cwd, env, maxBuffer: 1 << 26 });
    return stdout;
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    throw new Error(`${command} ${argv.join(' ')}: ${message}\n${stdout ?? ''}\n${stderr ?? ''}`, { cause: error });
  }
}
