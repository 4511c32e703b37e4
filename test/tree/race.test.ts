import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/error.ts';
import { recover } from '../../src/tree/staging.ts';
import { inspectTarget, resolveDirectory } from '../../src/tree/target.ts';
import type { Target } from '../../src/tree/target.ts';
import { Tree } from '../../src/tree/tree.ts';
import { writeTarget } from '../../src/tree/write.ts';
import { fill, folder, leftovers, snapshot } from './fixture.ts';

const never = new AbortController().signal;
const plan = (): Tree => new Tree().add('README.md', 'planned\n').add('lib/deep/c.ts', 'planned\n').add('src/a.ts', 'planned\n').add('src/deep/b.ts', 'planned\n').add('z.ts', 'planned\n');

/** Looked at, not yet written. */
function inspected(cwd: string): Target {
  return inspectTarget(resolveDirectory('notes', cwd), plan());
}

async function failure(work: Promise<void>): Promise<UserError> {
  const error: unknown = await work.then(() => undefined, (thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error('It did not fail in a way a user can act on.', { cause: error });
  return error;
}

/** Something that turns up between the look and the write, by a path below the test's folder. */
type Plant = (cwd: string) => void;
const link = (to: string, at: string): Plant => (cwd) => symlinkSync(to, path.join(cwd, at));
const swapped = (at: string, to: string): Plant => (cwd) => {
  renameSync(path.join(cwd, at), path.join(cwd, `${at}-moved`));
  symlinkSync(to, path.join(cwd, at));
};

describe('between the look and the write', () => {
  const rows: readonly [title: string, files: Record<string, string>, plant: Plant][] = [
    ['a link in place of a new file', { 'notes/': '' }, link('../outside/victim', 'notes/README.md')],
    ['a dangling link in place of a new file', { 'notes/': '' }, link('../outside/new', 'notes/z.ts')],
    ['a link in place of a new folder', { 'notes/': '' }, link('../outside', 'notes/src')],
    ['a link in place of a new folder with none but folders in it', { 'notes/': '' }, link('../outside', 'notes/lib')],
    ['a link in place of a deeper folder', { 'notes/src/': '' }, link('../../outside', 'notes/src/deep')],
    ['a link in place of a folder that was there', { 'notes/src/': '' }, swapped('notes/src', '../outside')],
    ['a link in place of a file to replace', { 'notes/README.md': 'mine' }, swapped('notes/README.md', '../outside/victim')],
    ['a link in place of the directory', { 'notes/': '' }, swapped('notes', 'outside')],
    ['a link in place of a directory that did not exist', {}, link('outside', 'notes')],
    ['a dangling link in place of a directory that did not exist', {}, link('outside/new', 'notes')],
    ['a file in place of a directory that did not exist', {}, (cwd) => fill(cwd, { notes: 'mine' })],
    ['a filled directory where none was', {}, (cwd) => fill(cwd, { 'notes/own': 'mine' })],
    ['a file in place of a new file', { 'notes/': '' }, (cwd) => fill(cwd, { 'notes/z.ts': 'mine' })],
    ['a file with the planned bytes in place of a new file', { 'notes/': '' }, (cwd) => fill(cwd, { 'notes/z.ts': 'planned\n', 'notes/src/a.ts': 'planned\n' })],
    ['a folder in place of a file to replace', { 'notes/z.ts': 'mine' }, (cwd) => {
      rmSync(path.join(cwd, 'notes/z.ts'));
      fill(cwd, { 'notes/z.ts/own': 'mine' });
    }],
    ['an edit of a file to replace', { 'notes/z.ts': 'mine', 'notes/README.md': 'mine' }, (cwd) => fill(cwd, { 'notes/z.ts': 'mine, edited' })],
    ['a removal of a file to replace', { 'notes/z.ts': 'mine' }, (cwd) => rmSync(path.join(cwd, 'notes/z.ts'))],
    ['a removal of the directory', { 'notes/': '' }, (cwd) => rmSync(path.join(cwd, 'notes'), { recursive: true })],
    ['a link in place of the staging folder', { 'notes/': '' }, link('../outside', `notes/.mcp-gen-${process.pid}`)],
    ['a link in place of the staging folder beside', {}, link('outside', `.notes.mcp-gen-${process.pid}`)],
  ];
  test.each(rows)('S140 %s: refused, nothing outside is touched, everything is as it was found', async (_, files, plant) => {
    const cwd = fill(folder(), { 'outside/victim': 'mine', ...files });
    const target = inspected(cwd);
    plant(cwd);
    const before = snapshot(cwd);
    const { exitCode, message, hint } = await failure(writeTarget(target, never));
    expect(exitCode).toBe(1);
    expect(message).toContain(path.join(cwd, 'notes'));
    expect(hint).toBeDefined();
    expect(snapshot(cwd)).toEqual(before);
  });

  test('S140 a parent that becomes a link before anything is written is refused', async () => {
    const cwd = fill(folder(), { 'parent/': '', 'outside/': '' });
    const target = inspectTarget(resolveDirectory('parent/notes', cwd), plan());
    swapped('parent', 'outside')(cwd);
    const before = snapshot(cwd);
    expect((await failure(writeTarget(target, never))).code).toBe('unsafe_path');
    expect(snapshot(cwd)).toEqual(before);
  });

  test('S140 a hard link to a file elsewhere is replaced, never written through', async () => {
    const cwd = fill(folder(), { 'notes/': '', 'outside/victim': 'mine' });
    linkSync(path.join(cwd, 'outside/victim'), path.join(cwd, 'notes/README.md'));
    await writeTarget(inspected(cwd), never);
    expect(readFileSync(path.join(cwd, 'outside/victim'), 'utf8')).toBe('mine');
    expect(readFileSync(path.join(cwd, 'notes/README.md'), 'utf8')).toBe('planned\n');
  });

  test('S140 of two runs into one empty directory, the one that loses takes nothing from the one that wins', async () => {
    const cwd = fill(folder(), { 'notes/': '' });
    const loser = inspected(cwd);
    await writeTarget(inspected(cwd), never);
    const complete = snapshot(cwd);
    await failure(writeTarget(loser, never));
    expect(snapshot(cwd)).toEqual(complete);
  });

  test('S140 parents that were made for a target that failed are removed, those with something in them are not', async () => {
    const cwd = folder();
    const target = inspectTarget(resolveDirectory('a/b/notes', cwd), plan());
    fill(cwd, { 'a/own': 'mine' });
    await failure(writeTarget(target, AbortSignal.abort()));
    expect(Object.keys(snapshot(cwd))).toEqual(['a', 'a/own']);
  });

  test('S141 a signal that arrives while files are staged is seen before any is in place', async () => {
    const cwd = fill(folder(), { 'notes/': '' });
    const target = inspected(cwd);
    const controller = new AbortController();
    process.once('SIGUSR2', () => controller.abort());
    // From a poll phase the next turn of the event loop is not enough for a signal to be delivered.
    const written = new Promise<void>((resolve, reject) => {
      readFile(import.meta.filename, () => {
        writeTarget(target, controller.signal).then(resolve, reject);
        process.kill(process.pid, 'SIGUSR2');
      });
    });
    expect((await failure(written)).exitCode).toBe(130);
    expect(snapshot(cwd)).toEqual({ notes: 'folder 755' });
  });
});

describe('what an interrupted run left', () => {
  /** No process has it: above the largest id a kernel gives out. */
  const dead = 4_194_305;
  const staging = `notes/.mcp-gen-${dead}`;

  /** As it stands when a run is killed with `README.md`, `src/a.ts` and `src/deep/b.ts` in place, the first of them replaced. */
  function halfDone(): string {
    const cwd = fill(folder(), { 'notes/own.txt': 'mine', 'notes/src/': '', [`${staging}/old/README.md`]: 'mine\n' });
    for (const { path: relative, contents } of plan().files()) fill(cwd, { [`${staging}/new/${relative}`]: contents });
    fill(cwd, { [`${staging}/had/src/`]: '', 'notes/src/deep/': '' });
    for (const relative of ['README.md', 'src/a.ts', 'src/deep/b.ts']) linkSync(path.join(cwd, staging, 'new', relative), path.join(cwd, 'notes', relative));
    return cwd;
  }

  test('S141 is taken back: replaced files restored, placed files and made folders removed, folders of the user kept', () => {
    const cwd = halfDone();
    recover(path.join(cwd, 'notes'));
    expect(snapshot(cwd)).toEqual(snapshot(fill(folder(), { 'notes/README.md': 'mine\n', 'notes/own.txt': 'mine', 'notes/src/': '' })));
  });

  test('S141 keeps a placed file that was edited since, in place or anew', () => {
    const cwd = halfDone();
    const later = Date.now() / 1000 + 60;
    writeFileSync(path.join(cwd, 'notes/src/a.ts'), 'edited\n');
    utimesSync(path.join(cwd, 'notes/src/a.ts'), later, later);
    rmSync(path.join(cwd, 'notes/src/deep/b.ts'));
    fill(cwd, { 'notes/src/deep/b.ts': 'planned\n' });
    recover(path.join(cwd, 'notes'));
    expect(readFileSync(path.join(cwd, 'notes/src/a.ts'), 'utf8')).toBe('edited\n');
    expect(readFileSync(path.join(cwd, 'notes/src/deep/b.ts'), 'utf8')).toBe('planned\n');
    expect(leftovers(cwd)).toEqual([]);
  });

  test.each([
    ['a file', (at: string) => writeFileSync(at, 'newer')],
    ['a dangling link', (at: string) => symlinkSync('nowhere', at)],
    ['a folder', (at: string) => mkdirSync(at)],
  ])('S141 never puts a replaced file over %s that took its place, however often it runs; the file stays in the staging folder', (_, occupy) => {
    const cwd = halfDone();
    rmSync(path.join(cwd, 'notes/README.md'));
    occupy(path.join(cwd, 'notes/README.md'));
    const before = snapshot(cwd)['notes/README.md'];
    for (let run = 0; run < 3; run++) recover(path.join(cwd, 'notes'));
    expect(snapshot(cwd)['notes/README.md']).toBe(before);
    expect(readFileSync(path.join(cwd, staging, 'old/README.md'), 'utf8')).toBe('mine\n');
  });

  test('S141 of a finished run is only removed: nothing is taken back, nothing restored', () => {
    const cwd = halfDone();
    renameSync(path.join(cwd, staging), path.join(cwd, `${staging}-done`));
    rmSync(path.join(cwd, 'notes/README.md'));
    recover(path.join(cwd, 'notes'));
    expect(Object.keys(snapshot(cwd))).toEqual(['notes', 'notes/own.txt', 'notes/src', 'notes/src/a.ts', 'notes/src/deep', 'notes/src/deep/b.ts']);
  });

  test('S141 beside the target is removed, but not what belongs to a run that lives or to another name', () => {
    const alive = process.ppid;
    const cwd = fill(folder(), {
      [`.notes.mcp-gen-${dead}/new/a`]: '',
      [`.notes.mcp-gen-${dead}-done/a`]: '',
      [`.notes.mcp-gen-${alive}/new/a`]: '',
      [`.notes-two.mcp-gen-${dead}/new/a`]: '',
      [`notes.mcp-gen-${dead}`]: 'mine',
      [`.notes.mcp-gen-${dead}.txt`]: 'mine',
    });
    recover(path.join(cwd, 'notes'));
    expect(leftovers(cwd).toSorted()).toEqual([`.notes-two.mcp-gen-${dead}`, `.notes.mcp-gen-${alive}`, `notes.mcp-gen-${dead}`].toSorted());
  });

  test('S141 inside the target is left to a run that lives', () => {
    const cwd = fill(folder(), { [`notes/.mcp-gen-${process.ppid}/new/a`]: '', [`notes/.mcp-gen-${process.ppid}/had/`]: '' });
    const before = snapshot(cwd);
    recover(path.join(cwd, 'notes'));
    expect(snapshot(cwd)).toEqual(before);
  });

  test('S141 long after the run, its process id counts no more: another program has it', () => {
    const cwd = fill(folder(), { [`.notes.mcp-gen-${process.ppid}/new/a`]: '' });
    const past = Date.now() / 1000 - 2 * 3600;
    utimesSync(path.join(cwd, `.notes.mcp-gen-${process.ppid}`), past, past);
    recover(path.join(cwd, 'notes'));
    expect(leftovers(cwd)).toEqual([]);
  });

  const hostile: readonly [title: string, make: (cwd: string) => void][] = [
    ['is itself a link', (cwd) => symlinkSync('../outside', path.join(fill(cwd, { 'outside/had/': '', 'outside/old/kept': 'mine' }), staging))],
    ['has a link for its replaced files', (cwd) => symlinkSync('../../outside', path.join(fill(cwd, { [`${staging}/had/`]: '' }), staging, 'old'))],
    ['restores through a link', (cwd) => {
      fill(cwd, { [`${staging}/old/way/new-file`]: 'planted' });
      symlinkSync('../outside', path.join(cwd, 'notes/way'));
    }],
    ['removes through a link', (cwd) => {
      fill(cwd, { [`${staging}/new/way/x`]: '' });
      rmSync(path.join(cwd, staging, 'new/way/x'));
      linkSync(path.join(cwd, 'outside/victim'), path.join(cwd, staging, 'new/way/victim'));
      fill(cwd, { [`${staging}/had/`]: '', [`${staging}/copied/way/victim`]: 'mine' });
      symlinkSync('../outside', path.join(cwd, 'notes/way'));
    }],
    ['removes a folder through a link', (cwd) => {
      fill(cwd, { [`${staging}/new/way/empty/x`]: '', [`${staging}/had/`]: '' });
      symlinkSync('../outside', path.join(cwd, 'notes/way'));
    }],
    ['plants a hook', (cwd) => fill(cwd, { [`${staging}/old/.git/hooks/post-checkout`]: 'planted', 'notes/.git/HEAD': 'x' })],
  ];
  test.each(hostile)('S140 a staging folder that came with a stranger\'s archive and %s touches nothing outside, nor .git', (_, make) => {
    const cwd = fill(folder(), { 'outside/victim': 'mine', 'outside/empty/': '', 'notes/': '' });
    make(cwd);
    const outside = snapshot(path.join(cwd, 'outside'));
    const git = snapshot(path.join(cwd, 'notes/.git'));
    recover(path.join(cwd, 'notes'));
    expect(snapshot(path.join(cwd, 'outside'))).toEqual(outside);
    expect(snapshot(path.join(cwd, 'notes/.git'))).toEqual(git);
  });
});
