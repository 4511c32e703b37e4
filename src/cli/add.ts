import { usageError } from '../error.ts';
import type { ExitCode } from '../error.ts';
import { folders } from '../items/name.ts';
import type { ItemType } from '../items/name.ts';
import { assertItemName, itemFrom } from '../items/item.ts';
import type { ItemInput, Kind } from '../items/item.ts';
import { itemsOf } from '../repo/index-files.ts';
import { openRepo } from '../repo/repo.ts';
import type { Repo } from '../repo/repo.ts';
import { declaredScopes } from '../repo/scopes.ts';
import { assertExtensible, extend } from './extend.ts';
import type { Addition, ExtendFlags } from './extend.ts';
import { canAsk } from './io.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';

/** Flags of `mcp-gen add`; absent means not given. */
export interface AddFlags extends ItemInput, ExtendFlags {
  readonly yes?: true;
  readonly interactive?: false;
}

/** `mcp-gen add tool|resource|prompt [name]`: one definition, its test, and the index that lists it. Nothing else is touched. */
export async function add(type: ItemType, name: string | undefined, flags: AddFlags, io: Io, report: Reporter): Promise<ExitCode> {
  const repo = openRepo(io.cwd);
  assertExtensible(repo, [{ kind: flags.kind as Kind }]);
  const asked = await settle(type, name, flags, repo, io);
  const addition = (found: Repo): Addition => {
    const item = itemFrom(type, asked.name, asked.input, taken(type, found), slugOf(found));
    const variable = item.api?.upstream.toUpperCase();
    return { items: [item], warnings: [], first: variable === undefined ? [] : [`set ${variable}_URL to the address of the API, and ${variable}_TOKEN where it wants one`] };
  };
  return extend(addition, flags, io, report);
}

/** What other items of the repository have already. */
function taken(type: ItemType, repo: Repo) {
  return { names: itemsOf(folders[type], repo.itemPaths), uris: type === 'resource' ? urisOf(repo) : [] };
}

function slugOf(repo: Repo): string {
  return repo.manifest.answers.name?.split('/').at(-1) ?? 'server';
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

function urisOf(repo: Repo): string[] {
  const sources = itemsOf('resources', repo.itemPaths).map((item) => repo.read(`src/resources/${item}.ts`) ?? '');
  return sources.flatMap((source) => [...source.matchAll(/^ +uri: '([^']+)',$/gm)].map(([, uri = '']) => uri));
}
