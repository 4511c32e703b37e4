import { ExitCode, usageError } from '../error.ts';
import { packageManagers } from '../features/index.ts';
import type { Item } from '../items/item.ts';
import { folders } from '../items/name.ts';
import type { ItemType } from '../items/name.ts';
import { planAdd } from '../plan/add.ts';
import { isDerivedIndex } from '../repo/index-files.ts';
import { withLock } from '../repo/lock.ts';
import { openRepo } from '../repo/repo.ts';
import type { Repo } from '../repo/repo.ts';
import { declaredScopes } from '../repo/scopes.ts';
import { recover } from '../tree/staging.ts';
import { inspectTarget } from '../tree/target.ts';
import type { Target } from '../tree/target.ts';
import { writeTarget } from '../tree/write.ts';
import { printChanges } from './changes.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';

/** Flags of every command that adds something. */
export interface ExtendFlags {
  readonly dryRun?: true;
  readonly diff?: true;
  readonly json?: true;
}

/** Items of one type that are to be added, and what is worth knowing about them. */
export interface Addition {
  readonly items: readonly [Item, ...Item[]];
  readonly warnings: readonly string[];
  /** What to do before anything else works. */
  readonly first: readonly string[];
}

/** Adds items to the repository that `io.cwd` is in: their files and the index that lists them, nothing else. */
export function extend(make: (repo: Repo) => Addition, flags: ExtendFlags, io: Io, report: Reporter): Promise<ExitCode> {
  return write((repo) => planned(make(repo), repo), flags, io, report);
}

/** What a command is about to write, and what to say of it. */
export interface Planned {
  readonly target: Target;
  readonly warnings: readonly string[];
  readonly next: readonly string[];
}

/**
 * Writes into the repository that `io.cwd` is in.
 * @param make is asked again once no other command can change the repository: what it reads is what is written upon
 */
export async function write(make: (repo: Repo) => Planned, flags: ExtendFlags, io: Io, report: Reporter): Promise<ExitCode> {
  return show(await carryOut(() => make(openRepo(io.cwd)), flags, io), flags, report);
}

/**
 * Writes what is planned for the repository that `io.cwd` is in, unless it is only to be shown.
 * @param make is asked once no other command can change the repository: what it reads is what is written upon
 */
export async function carryOut<T extends { readonly target: Target }>(make: () => T, flags: ExtendFlags, io: Io): Promise<T> {
  const { root } = openRepo(io.cwd);
  if (flags.dryRun === true || flags.diff === true) return make();
  return withLock(root, io.signal, async () => {
    recover(root);
    const ready = make();
    await writeTarget(ready.target, io.signal);
    return ready;
  });
}

/** @throws {UserError} `already_exists` for a file that stands there, unless `mayChange` says that it can be written anew. */
export function assertNew(target: Target, mayChange: (path: string) => boolean, hint: string): void {
  const standing = target.changes.find((change) => change.action !== 'create' && !mayChange(change.path));
  if (standing !== undefined) throw usageError('already_exists', `${standing.path} exists already.`, hint);
}

function planned({ items, warnings, first }: Addition, repo: Repo): Planned {
  assertExtensible(repo, items);
  const folder = folders[items[0].type];
  const index = repo.read(`src/${folder}/index.ts`);
  const ownsIndex = index === undefined || isDerivedIndex(folder, index);
  const tree = planAdd(items, { itemPaths: repo.itemPaths, ownsIndex, has: (file) => repo.read(file) !== undefined });
  const target = inspectTarget(repo.root, tree);
  assertNew(target, (file) => file.endsWith('/index.ts'), 'Choose another name, or move it away.');
  return { target, next: [...first, ...nextSteps(items, repo)], warnings: [...(ownsIndex ? [] : [editedIndex(items)]), ...unknownScopes(items, repo), ...warnings] };
}

/** @throws {UserError} `not_a_generated_repo` when what an item is made with is not where it was generated. */
export function assertExtensible(repo: Repo, items: readonly Pick<Item, 'kind'>[]): void {
  const kinds = new Set(items.map(({ kind }) => kind));
  const needed = ['src/mcp.ts', 'test/kit.ts', ...(kinds.has('alias') ? ['src/platform/define/deprecated.ts'] : []), ...(kinds.has('upstream') ? ['src/platform/upstream/upstream.ts'] : [])];
  const missing = needed.find((file) => repo.read(file) === undefined);
  if (missing === undefined) return;
  throw usageError('not_a_generated_repo', `${repo.root} has no ${missing}, which a new item and its test import.`, 'Restore it from version control, or write the item by hand.');
}

function editedIndex(items: Addition['items']): string {
  const folder = folders[items[0].type];
  const imported = items.map(({ name }) => `./${name}.js`).join(', ');
  return `src/${folder}/index.ts was edited by hand and stays as it is. Import ${imported} there and list it in ${folder}, or let mcp-gen sync make the file anew.`;
}

function unknownScopes(items: readonly Item[], repo: Repo): string[] {
  const declared = declaredScopes(repo.read('src/mcp.ts') ?? '');
  const named = [...new Set(items.flatMap(({ scopes }) => scopes))];
  const unknown = declared === undefined ? [] : named.filter((scope) => !declared.includes(scope));
  if (unknown.length === 0) return [];
  const union = [...(declared ?? []), ...unknown].map((scope) => `'${scope}'`).join(' | ');
  return [`${unknown.join(', ')} is not a scope of this server yet. In src/mcp.ts: export type Scope = ${union};`];
}

async function show({ target, warnings, next: steps }: Planned, flags: ExtendFlags, report: Reporter): Promise<ExitCode> {
  const changes = target.changes.filter((change) => change.action !== 'identical');
  await printChanges(changes, flags.diff === true, report);
  const showOnly = flags.dryRun === true || flags.diff === true;
  const next = showOnly ? [] : steps;
  for (const warning of warnings) report.warn(warning);
  if (showOnly) report.line('Nothing was written.');
  else {
    report.line();
    report.line(report.style('bold', 'Next:'));
    for (const [index, step] of next.entries()) report.line(`  ${index + 1}. ${step}`);
  }
  report.document({ ok: true, directory: target.directory, files: target.changes.map(({ path, action }) => ({ path, action })), next, warnings });
  return ExitCode.done;
}

function nextSteps(items: Addition['items'], repo: Repo): string[] {
  const { run } = packageManagers.find((one) => one.id === repo.manifest.answers.packageManager) ?? packageManagers[0];
  const [{ type, kind, name }, ...others] = items;
  const checked = [`${run} lock`, `${run} verify`];
  if (kind === 'alias') return checked;
  if (others.length > 0 || kind === 'upstream') return [`read what a model will read in ${placesOf(type, items)}, and write down what you know better`, ...checked];
  return [`put its work into src/${folders[type]}/${name}.ts, and what it should do into test/${folders[type]}/${name}.test.ts`, ...checked];
}

function placesOf(type: ItemType, items: readonly Item[]): string {
  return items.length === 1 ? `src/${folders[type]}/${items[0]?.name ?? ''}.ts` : `the ${items.length} new files of src/${folders[type]}`;
}
