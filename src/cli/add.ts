import { ExitCode, usageError } from '../error.ts';
import { packageManagers } from '../features/index.ts';
import { folders } from '../items/name.ts';
import type { ItemType } from '../items/name.ts';
import { assertItemName, itemFrom } from '../items/item.ts';
import type { Item, ItemInput } from '../items/item.ts';
import { planAdd } from '../plan/add.ts';
import { isDerivedIndex, itemsOf } from '../repo/index-files.ts';
import { withLock } from '../repo/lock.ts';
import { openRepo } from '../repo/repo.ts';
import type { Repo } from '../repo/repo.ts';
import { declaredScopes } from '../repo/scopes.ts';
import { recover } from '../tree/staging.ts';
import { inspectTarget } from '../tree/target.ts';
import type { Target } from '../tree/target.ts';
import { writeTarget } from '../tree/write.ts';
import { printChanges } from './changes.ts';
import { canAsk } from './io.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';

/** Flags of `mcp-gen add`; absent means not given. */
export interface AddFlags extends ItemInput {
  readonly yes?: true;
  readonly interactive?: false;
  readonly dryRun?: true;
  readonly diff?: true;
  readonly json?: true;
}

/** `mcp-gen add tool|resource|prompt [name]`: one definition, its test, and the index that lists it. Nothing else is touched. */
export async function add(type: ItemType, name: string | undefined, flags: AddFlags, io: Io, report: Reporter): Promise<ExitCode> {
  const repo = openRepo(io.cwd);
  assertExtensible(repo, flags.kind);
  const asked = await settle(type, name, flags, repo, io);
  const showOnly = flags.dryRun === true || flags.diff === true;
  if (showOnly) return show(planned(type, asked, io.cwd), flags, report);
  return withLock(repo.root, io.signal, async () => {
    recover(repo.root);
    // Read again: another command may have added something while this one asked or waited.
    const ready = planned(type, asked, io.cwd);
    await writeTarget(ready.target, io.signal);
    return show(ready, flags, report);
  });
}

interface Asked {
  readonly name: string;
  readonly input: ItemInput;
}

/** Asks for what no flag gave, where someone is there to answer. */
async function settle(type: ItemType, name: string | undefined, flags: AddFlags, repo: Repo, io: Io): Promise<Asked> {
  if (name !== undefined) assertItemName(type, name, itemsOf(folders[type], repo.itemPaths));
  const ask = flags.yes !== true && flags.interactive !== false && flags.json !== true && canAsk(io);
  if (ask && flags.kind !== 'alias') {
    const [{ askForItem }, { Ask }] = await Promise.all([import('../interview/item.ts'), import('../interview/ask.ts')]);
    return askForItem({ type, name, given: flags, taken: itemsOf(folders[type], repo.itemPaths), scopes: declaredScopes(repo.read('src/mcp.ts') ?? '') }, new Ask(io.stdin, io.signal));
  }
  if (name !== undefined) return { name, input: flags };
  throw usageError('usage', `add ${type} needs a name.`, `For example: mcp-gen add ${type} ${type === 'tool' ? 'create_note' : 'note'}`);
}

interface Planned {
  readonly item: Item;
  readonly repo: Repo;
  readonly target: Target;
  readonly warnings: readonly string[];
}

function planned(type: ItemType, { name, input }: Asked, cwd: string): Planned {
  const repo = openRepo(cwd);
  const folder = folders[type];
  const slug = repo.manifest.answers.name?.split('/').at(-1) ?? 'server';
  const item = itemFrom(type, name, input, { names: itemsOf(folder, repo.itemPaths), uris: type === 'resource' ? urisOf(repo) : [] }, slug);
  const index = repo.read(`src/${folder}/index.ts`);
  const ownsIndex = index === undefined || isDerivedIndex(folder, index);
  const tree = planAdd(item, { itemPaths: repo.itemPaths, ownsIndex, has: (file) => repo.read(file) !== undefined });
  const target = inspectTarget(repo.root, tree);
  const standing = target.changes.find((change) => change.action !== 'create' && !change.path.endsWith('/index.ts'));
  if (standing !== undefined) throw usageError('already_exists', `${standing.path} exists already.`, 'Choose another name, or move it away.');
  return { item, repo, target, warnings: [...(ownsIndex ? [] : [editedIndex(item)]), ...unknownScopes(item, repo)] };
}

/** @throws {UserError} `not_a_generated_repo` when what an item is made with is not where it was generated. */
function assertExtensible(repo: Repo, kind: string | undefined): void {
  const needed = ['src/mcp.ts', 'test/kit.ts', ...(kind === 'alias' ? ['src/platform/define/deprecated.ts'] : [])];
  const missing = needed.find((file) => repo.read(file) === undefined);
  if (missing === undefined) return;
  throw usageError('not_a_generated_repo', `${repo.root} has no ${missing}, which a new item and its test import.`, 'Restore it from version control, or write the item by hand.');
}

function urisOf(repo: Repo): string[] {
  const sources = itemsOf('resources', repo.itemPaths).map((item) => repo.read(`src/resources/${item}.ts`) ?? '');
  return sources.flatMap((source) => [...source.matchAll(/^ +uri: '([^']+)',$/gm)].map(([, uri = '']) => uri));
}

function editedIndex({ type, name }: Item): string {
  const folder = folders[type];
  return `src/${folder}/index.ts was edited by hand and stays as it is. Import ./${name}.js there and list it in ${folder}, or let mcp-gen sync make the file anew.`;
}

function unknownScopes({ scopes }: Item, repo: Repo): string[] {
  const declared = declaredScopes(repo.read('src/mcp.ts') ?? '');
  const unknown = declared === undefined ? [] : scopes.filter((scope) => !declared.includes(scope));
  if (unknown.length === 0) return [];
  const union = [...(declared ?? []), ...unknown].map((scope) => `'${scope}'`).join(' | ');
  return [`${unknown.join(', ')} is not a scope of this server yet. In src/mcp.ts: export type Scope = ${union};`];
}

async function show({ item, repo, target, warnings }: Planned, flags: AddFlags, report: Reporter): Promise<ExitCode> {
  const changes = target.changes.filter((change) => change.action !== 'identical');
  await printChanges(changes, flags.diff === true, report);
  const showOnly = flags.dryRun === true || flags.diff === true;
  const next = showOnly ? [] : nextSteps(item, repo);
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

function nextSteps({ type, kind, name }: Item, repo: Repo): string[] {
  const { run } = packageManagers.find((one) => one.id === repo.manifest.answers.packageManager) ?? packageManagers[0];
  const folder = folders[type];
  if (kind === 'alias') return [`${run} lock`, `${run} verify`];
  return [`put its work into src/${folder}/${name}.ts, and what it should do into test/${folder}/${name}.test.ts`, `${run} lock`, `${run} verify`];
}
