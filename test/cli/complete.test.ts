import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { invoke, scratch } from './invoke.ts';
import { executables, plainEnv } from './spawn.ts';

/** What the words can go on with, without what it is. */
async function suggested(words: readonly string[], cwd = scratch()): Promise<string[]> {
  const { code, stdout } = await invoke('mcp-gen', ['suggest', '--', ...words], { cwd });
  expect(code).toBe(0);
  return stdout.split('\n').filter((line) => line !== '').map((line) => line.split('\t')[0] ?? '');
}

describe('mcp-gen suggest', () => {
  test.each([
    [['ad'], ['add']],
    [['add', ''], ['tool', 'resource', 'prompt', 'openapi', 'deploy', 'observability']],
    [['add', 'deploy', 'k'], ['kubernetes']],
    [['add', 'tool', 'x_y', '--ef'], ['--effect']],
    [['add', 'tool', '--effect', ''], ['read', 'write', 'destructive']],
    [['add', 'tool', '--effect', 'd'], ['destructive']],
    [['create', '--transport', ''], ['http', 'stdio', 'both']],
    [['create', '--yes', '--transport', 'b'], ['both']],
    [['connect', 'c'], ['claude-code', 'claude-desktop', 'cursor', 'chatgpt']],
    [['complete', ''], ['bash', 'zsh', 'fish']],
    [['nonsense', ''], expect.arrayContaining(['create', 'add'])],
    [['add', 'tool', '--when', ''], []],
  ])('%j can go on with %j', async (words, expected) => {
    expect(await suggested(words)).toEqual(expected);
  });

  test('knows the scopes and the tools of the repository it is in', async () => {
    const cwd = scratch();
    await invoke('create-mcp-server', ['notes-server', '--yes', '--no-install', '--no-git'], { cwd });
    const repo = path.join(cwd, 'notes-server');
    expect(await suggested(['add', 'tool', 'x_y', '--scope', ''], repo)).toEqual(['notes:read', 'notes:write']);
    expect(await suggested(['add', 'tool', 'x_y', '--scope', 'notes:read', ''], repo)).toEqual(['notes:read', 'notes:write']);
    expect(await suggested(['add', 'tool', 'x_y', '--of', 's'], repo)).toEqual(['search_notes']);
  });

  test('never shows what is hidden', async () => {
    expect(await suggested([''])).not.toEqual(expect.arrayContaining(['render']));
    expect(await suggested([''])).not.toEqual(expect.arrayContaining(['suggest']));
  });
});

/** What each shell makes of the words when Tab is pressed after them. */
const shells: Readonly<Record<string, (words: readonly string[]) => readonly [command: string, argv: readonly string[]]>> = {
  bash: (words) => ['bash', ['-c', `source <(mcp-gen complete bash); COMP_WORDS=(mcp-gen ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _mcp_gen; printf '%s\\n' "\${COMPREPLY[@]}"`]],
  zsh: (words) => ['zsh', ['-fc', `_describe() { print -l -- "\${(@)\${(P)2}%%:*}" }; source <(mcp-gen complete zsh); words=(mcp-gen ${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length + 1}; _mcp_gen`]],
  fish: (words) => ['fish', ['--no-config', '-c', `mcp-gen complete fish | source; complete --do-complete='mcp-gen ${words.join(' ')}' | cut -f 1`]],
};

describe('mcp-gen complete', () => {
  let bin: string;
  beforeEach(() => {
    bin = path.join(scratch(), 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(bin, 'mcp-gen'), `#!/bin/sh\nexec '${process.execPath}' '${executables.gen}' "$@"\n`);
    chmodSync(path.join(bin, 'mcp-gen'), 0o755);
  });

  test.for(Object.keys(shells))('%s completes commands, flags and values', (shell, { skip }) => {
    const press = (...words: string[]) => {
      const [command, argv] = shells[shell]?.(words) ?? ['', []];
      const env = { ...plainEnv(), PATH: `${bin}:${process.env['PATH'] ?? ''}` };
      return execFileSync(command, argv, { env, cwd: bin }).toString().trim().split('\n');
    };
    try {
      execFileSync(shell, ['--version'], { stdio: 'ignore' });
    } catch (error) {
      if (process.env['CI'] !== undefined) throw error;
      skip(`${shell} is not installed`);
    }
    expect(press('ad')).toEqual(['add']);
    expect(press('add', 'tool', '--effect', '')).toEqual(expect.arrayContaining(['read', 'write', 'destructive']));
    expect(press('create', '--dry')).toEqual(['--dry-run']);
  });

  test('a shell nobody knows is refused', async () => {
    const { code, stderr } = await invoke('mcp-gen', ['complete', 'tcsh'], { cwd: scratch() });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Known shells: bash, zsh, fish') });
  });
});
