import { chmodSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { command, createWords, unavailable, unshare } from './command.ts';
import type { CommandEnded } from './command.ts';
import { fill, folder, snapshot } from './fixture.ts';

const mounts = unshare('--mount');
const argv = ['--yes', '--auth', 'none', '--no-install', '--no-git'];

/**
 * Runs `create` in `disk/`, a file system of its own that holds what `prepare` makes there.
 * What is on it afterwards comes back as `path` or `path: first line`, since it goes with the command.
 */
async function onDisk(options: string, prepare: string, target: string, ...flags: string[]): Promise<CommandEnded & { before: string; after: string }> {
  const cwd = fill(folder(), { 'disk/': '' });
  const look = 'find disk -mindepth 1 -not -name filler | sort | while read -r at; do [ -f "$at" ] && echo "$at: $(head -n 1 "$at")" || echo "$at"; done';
  const script = [
    'set -e',
    `mount -t tmpfs -o ${options.replace(/^ro,/, '')} none disk`,
    prepare,
    options.startsWith('ro,') ? 'mount -o remount,ro disk' : ':',
    `(${look}) > before`,
    'set +e',
    '"$@"',
    'code=$?',
    `(${look}) > after`,
    'exit $code',
  ].join('\n');
  const ended = await command([...(mounts ?? []), 'sh', '-c', script, 'sh', ...createWords, target, ...argv, ...flags], cwd);
  const seen = snapshot(cwd);
  return { ...ended, before: seen['before'] ?? '', after: seen['after'] ?? '' };
}

const existing = 'mkdir -p disk/notes/src disk/notes/own; echo mine > disk/notes/README.md; echo mine > disk/notes/src/server.ts; echo mine > disk/notes/test';
const replace = existing.replace('; echo mine > disk/notes/test', '');

/** How many inodes a run needs until it puts the files in place: what it stages, a few folders, what was there. */
async function inodesForStaging(): Promise<number> {
  const cwd = folder();
  await command([...createWords, 'notes', ...argv], cwd);
  const made = readdirSync(path.join(cwd, 'notes'), { recursive: true }).length;
  const there = 6;
  const stagingFolders = 4;
  return made + there + stagingFolders + 1;
}

describe('a disk that refuses', () => {
  const full = 'size=96k';
  const crowded = 'size=8m,nr_inodes=40';
  const rows: readonly [title: string, options: string, prepare: string, target: string, flags: string[], says: string][] = [
    ['full disk, new directory', full, ':', 'disk/a/notes', [], 'the disk is full'],
    ['full disk, empty directory', full, 'mkdir disk/notes', 'disk/notes', [], 'the disk is full'],
    ['full disk, directory with only .git', full, 'mkdir -p disk/notes/.git/refs; echo x > disk/notes/.git/HEAD', 'disk/notes', [], 'the disk is full'],
    ['full disk, --overwrite', full, replace, 'disk/notes', ['--overwrite'], 'the disk is full'],
    ['not one byte free', 'size=8k', 'head -c 4096 /dev/zero > disk/filler || true', 'disk/notes', [], 'the disk is full'],
    ['no inodes, new directory', crowded, ':', 'disk/a/notes', [], 'the disk is full'],
    // Enough to stage every file, not to put each in its folder: the files that are in place go back.
    ['no inodes half way, --overwrite', 'size=8m,nr_inodes=INODES', replace, 'disk/notes', ['--overwrite'], 'the disk is full'],
    ['read-only disk, new directory', 'ro,size=8m', ':', 'disk/a/notes', [], 'the file system is read-only'],
    ['read-only disk, empty directory', 'ro,size=8m', 'mkdir disk/notes', 'disk/notes', [], 'the file system is read-only'],
    ['read-only disk, --overwrite', 'ro,size=8m', replace, 'disk/notes', ['--overwrite'], 'the file system is read-only'],
  ];
  test.each(rows)('S142 %s: says so, exits 1, leaves everything as it was', async (_, options, prepare, target, flags, says) => {
    if (mounts === undefined) return unavailable('unshare with mount namespaces');
    const { code, stdout, stderr, before, after } = await onDisk(options.replace('INODES', String(await inodesForStaging())), prepare, target, ...flags);
    expect(stderr).toMatch(new RegExp(`^error: Could not write /\\S+/${target}: ${says}\\.\\nNothing was left behind\\.\\n$`));
    expect(code).toBe(1);
    expect(stdout.replaceAll(/^overwrite .*\n/gm, '')).toBe('');
    expect(after).toBe(before);
  });

  test('S142 a folder of the target that is another file system is written to, though nothing can be linked or renamed into it', async () => {
    if (mounts === undefined) return unavailable('unshare with mount namespaces');
    const { code, stderr, after } = await onDisk('size=8m', 'mkdir -p disk/notes/.git disk/notes/src; mount -t tmpfs none disk/notes/src', 'disk/notes', '--overwrite');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(after).toContain('disk/notes/src/server.ts: import');
    expect(after).not.toMatch(/mcp-gen-\d/);
  });

  test('S142 a copy into such a folder that does not fit is taken back with everything else', async () => {
    if (mounts === undefined) return unavailable('unshare with mount namespaces');
    const { code, stderr, before, after } = await onDisk('size=8m', `${existing.replace('; echo mine > disk/notes/src/server.ts', '').replace('; echo mine > disk/notes/test', '')}; mount -t tmpfs -o size=12k none disk/notes/src`, 'disk/notes', '--overwrite');
    expect(stderr).toContain('the disk is full');
    expect(code).toBe(1);
    expect(after).toBe(before);
  });

  test('S142 a file to replace that is on another file system is refused, and the others are restored', async () => {
    if (mounts === undefined) return unavailable('unshare with mount namespaces');
    const { code, stderr, before, after } = await onDisk('size=8m', 'mkdir -p disk/notes/src; echo mine > disk/notes/README.md; mount -t tmpfs none disk/notes/src; echo mine > disk/notes/src/server.ts', 'disk/notes', '--overwrite');
    expect(stderr).toContain('a part of it is on another file system');
    expect(code).toBe(1);
    expect(after).toBe(before);
  });
});

describe('a folder that is not ours to write to', () => {
  /** Root may write anywhere; without its capabilities it is a user like any other. */
  const plainUser = process.getuid?.() === 0 ? ['setpriv', '--inh-caps=-all', '--bounding-set=-all'] : [];
  const possible = plainUser.length === 0 || spawnSync('setpriv', [...plainUser.slice(1), 'true']).status === 0;
  const both = { 'parent/notes/README.md': 'mine', 'parent/notes/src/server.ts': 'mine' };

  const rows: readonly [title: string, files: Record<string, string>, at: string, mode: number, flags: string[], says: RegExp][] = [
    ['the parent can not be written to', { 'parent/': '' }, 'parent', 0o555, [], /Could not write \S+parent\/notes: permission denied/],
    ['the parent can not be entered', { 'parent/': '' }, 'parent', 0o000, [], /Could not read \S+parent\/notes: permission denied/],
    ['the directory can not be listed', { 'parent/notes/': '' }, 'parent/notes', 0o300, [], /Could not read \S+parent\/notes: permission denied/],
    ['the directory can not be entered', { 'parent/notes/': '' }, 'parent/notes', 0o000, [], /Could not read \S+parent\/notes\S*: permission denied/],
    ['the directory can not be written to', { 'parent/notes/': '' }, 'parent/notes', 0o555, [], /Could not write \S+parent\/notes: permission denied/],
    ['a file to replace can not be read', both, 'parent/notes/README.md', 0o000, ['--overwrite'], /Could not read \S+README\.md: permission denied/],
    ['a folder in it can not be written to', both, 'parent/notes/src', 0o555, ['--overwrite'], /Could not write \S+parent\/notes: permission denied/],
  ];
  test.each(rows)('S142 when %s: says so, exits 1, leaves everything as it was', async (_, files, at, mode, flags, says) => {
    if (!possible) return unavailable('setpriv');
    const cwd = fill(folder(), files);
    const before = snapshot(cwd);
    chmodSync(path.join(cwd, at), mode);
    const { code, stderr } = await command([...plainUser, ...createWords, 'parent/notes', ...argv, ...flags], cwd);
    chmodSync(path.join(cwd, at), 0o755);
    expect(stderr).toMatch(says);
    expect(stderr).not.toContain('fault of create-mcp-server');
    expect(stderr.split('\n')).toHaveLength(3);
    expect(code).toBe(1);
    const after = snapshot(cwd);
    // The mode that was taken away for the test is not of interest.
    expect({ ...after, [at]: '' }).toEqual({ ...before, [at]: '' });
  });
});

describe('no network', () => {
  test('S165 create without install works where there is no network at all', async () => {
    const offline = unshare('--net');
    if (offline === undefined) return unavailable('unshare with network namespaces');
    const cwd = folder();
    const { code, stdout, stderr } = await command([...offline, ...createWords, 'notes', '--yes', '--auth', 'none', '--no-install'], cwd);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('created');
    expect(snapshot(cwd)['notes/.git']).toBeDefined();
  });
});
