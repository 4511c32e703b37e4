import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Makes a program of this name that is a shell script. */
export function script(directory: string, name: string, lines: readonly string[], interpreter = '/bin/sh'): string {
  mkdirSync(directory, { recursive: true });
  const file = path.join(directory, name);
  writeFileSync(file, `#!${interpreter}\n${lines.join('\n')}\n`);
  chmodSync(file, 0o755);
  return file;
}

/** A program that must not run: it leaves a file behind that says it did. */
export function trap(directory: string, name: string, canary: string): string {
  return script(directory, name, [`echo "$0" >> '${canary}'`]);
}

/** What a stand-in for a package manager was called with. */
export interface Call {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** A stand-in for a package manager that notes how it was called, then does what `lines` say. */
export function recorder(directory: string, name: string, notes: string, { lines = ['exit 0'], version = '10.0.0' } = {}): string {
  mkdirSync(notes, { recursive: true });
  return script(directory, name, [
    `[ "$1" = --version ] && echo ${version} && exit 0`,
    `pwd > '${notes}/cwd'`,
    `printf '%s\\n' "$@" > '${notes}/argv'`,
    `env > '${notes}/env'`,
    ...lines,
  ]);
}

/** What a stand-in noted, if it ran. */
export function noted(notes: string): Call | undefined {
  if (!existsSync(path.join(notes, 'argv'))) return undefined;
  const read = (name: string): string[] => readFileSync(path.join(notes, name), 'utf8').split('\n').slice(0, -1);
  const env = read('env').map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  return { argv: read('argv'), env: Object.fromEntries(env), cwd: read('cwd')[0] ?? '' };
}
