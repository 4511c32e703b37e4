import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { command, createWords } from './command.ts';
import type { CommandEnded } from './command.ts';
import { fill, folder, leftovers, snapshot } from './fixture.ts';

const preload = pathToFileURL(fileURLToPath(new URL('interrupt.mjs', import.meta.url))).href;

interface Scene {
  readonly title: string;
  readonly files: Readonly<Record<string, string>>;
  readonly flags: readonly string[];
}

const absent: Scene = { title: 'a directory that does not exist', files: {}, flags: [] };
const replacing: Scene = {
  title: 'a directory with files to replace',
  files: { 'notes/README.md': 'mine\n', 'notes/src/server.ts': 'mine\n', 'notes/src/own/file.ts': 'mine\n', 'notes/src/tools/': '', 'notes/test/': '' },
  flags: ['--overwrite'],
};
const existing: readonly Scene[] = [
  { title: 'an empty directory', files: { 'notes/': '' }, flags: [] },
  { title: 'a directory with only .git', files: { 'notes/.git/HEAD': 'ref: refs/heads/trunk\n', 'notes/.git/hooks/': '' }, flags: [] },
  replacing,
];

const steps = ['notes', '--yes', '--auth', 'none', '--no-install', '--no-git'] as const;

function create(cwd: string, flags: readonly string[]): Promise<CommandEnded> {
  return command([...createWords, ...steps, ...flags], cwd);
}

function interrupted(cwd: string, { flags }: Scene, at: number, signal: string, report?: string): Promise<CommandEnded> {
  const [node, ...argv] = createWords;
  return command([node, '--import', preload, ...argv, ...steps, ...flags], cwd, { INTERRUPT_AT: String(at), INTERRUPT_SIGNAL: signal, INTERRUPT_REPORT: report });
}

/** The finished directory, and 20 moments of the way there: spread evenly, but each of the last six. */
async function rehearse(scene: Scene): Promise<{ complete: Record<string, string>; moments: number[] }> {
  const cwd = fill(folder(), scene.files);
  const report = path.join(folder(), 'count');
  const { code, stderr } = await interrupted(cwd, scene, 0, 'SIGKILL', report);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const total = Number(readFileSync(report, 'utf8'));
  expect(total).toBeGreaterThan(40);
  const moments = Array.from({ length: 20 }, (_, index) => (index < 14 ? 1 + Math.floor((index * (total - 7)) / 13) : total - 19 + index));
  expect(new Set(moments).size).toBe(20);
  return { complete: snapshot(path.join(cwd, 'notes')), moments };
}

/** Two at a time: the machines this runs on have two cores. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

describe('an interrupted run', () => {
  test(`S141 killed at 20 moments on the way to ${absent.title}: absent or complete, and a rerun cleans up`, { timeout: 120_000 }, async () => {
    const { complete, moments } = await rehearse(absent);
    const ends = new Set<boolean>();
    await each(moments, async (at) => {
      const cwd = folder();
      const target = path.join(cwd, 'notes');
      const before = snapshot(target);
      expect((await interrupted(cwd, absent, at, 'SIGKILL')).signal).toBe('SIGKILL');
      expect([before, complete]).toContainEqual(snapshot(target));
      const done = existsSync(target);
      ends.add(done);
      const { code, stderr } = await create(cwd, []);
      expect({ code, refused: stderr.includes('is not empty') }).toEqual(done ? { code: 2, refused: true } : { code: 0, refused: false });
      expect(snapshot(target)).toEqual(complete);
      expect(leftovers(cwd)).toEqual([]);
    });
    expect(ends.size).toBe(2);
  });

  test.each(existing)('S141 killed at 20 moments on the way into $title: a rerun completes it, or finds it complete', { timeout: 120_000 }, async (scene) => {
    const { complete, moments } = await rehearse(scene);
    await each(moments, async (at) => {
      const cwd = fill(folder(), scene.files);
      expect((await interrupted(cwd, scene, at, 'SIGKILL')).signal).toBe('SIGKILL');
      const { code, stderr } = await create(cwd, scene.flags);
      expect(code).toBe(stderr.includes('is not empty') ? 2 : 0);
      expect(snapshot(path.join(cwd, 'notes'))).toEqual(complete);
      expect(leftovers(cwd)).toEqual([]);
    });
  });

  test(`S141 killed at 20 moments on the way into ${replacing.title}: a rerun that may not replace takes back the half, byte for byte`, { timeout: 120_000 }, async () => {
    const { complete, moments } = await rehearse(replacing);
    const ends = new Set<string | undefined>();
    await each(moments, async (at) => {
      const cwd = fill(folder(), replacing.files);
      const target = path.join(cwd, 'notes');
      const before = snapshot(target);
      await interrupted(cwd, replacing, at, 'SIGKILL');
      expect((await create(cwd, [])).code).toBe(2);
      expect([before, complete]).toContainEqual(snapshot(target));
      ends.add(snapshot(target)['README.md']);
    });
    expect(ends.size).toBe(2);
  });

  const cancelling = [absent, ...existing].flatMap((scene) => (scene === absent ? ['SIGINT', 'SIGTERM'] : ['SIGINT,SIGINT']).map((signal) => ({ ...scene, signal })));
  test.each(cancelling)('S141 $signal at 20 moments on the way to $title: 130 and as it was, or 0 and complete', { timeout: 120_000 }, async (scene) => {
    const { complete, moments } = await rehearse(scene);
    const codes = new Set<number | null>();
    await each(moments, async (at) => {
      const cwd = fill(folder(), scene.files);
      const target = path.join(cwd, 'notes');
      const before = snapshot(target);
      const { code, stderr } = await interrupted(cwd, scene, at, scene.signal);
      codes.add(code);
      expect(snapshot(target)).toEqual(code === 0 ? complete : before);
      expect(stderr).toBe(code === 0 ? '' : 'cancelled: Cancelled. Nothing was written.\n');
      expect(leftovers(cwd)).toEqual([]);
    });
    expect([...codes].toSorted()).toEqual([0, 130]);
  });
});
