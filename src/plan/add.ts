import { itemSpecs, itemTexts } from 'virtual:item-templates';
import { itemContext } from '../items/context.ts';
import type { Item, Kind } from '../items/item.ts';
import { folders } from '../items/name.ts';
import { render } from '../render/engine.ts';
import { renderIndex } from '../repo/index-files.ts';
import { Tree } from '../tree/tree.ts';

/** What of a repository decides what is added to it. */
export interface Surroundings {
  readonly itemPaths: readonly string[];
  /** False when the index file was edited by hand: then it is the user's. */
  readonly ownsIndex: boolean;
  /** Whether a file is there. */
  readonly has: (path: string) => boolean;
}

/** The template folder of an item. */
export function overlayOf({ type, kind, effect }: Item): string {
  if (kind === 'plain') return effect === 'destructive' ? effect : type;
  return kind === 'upstream' && effect === 'destructive' ? 'upstream_destructive' : kind;
}

/** What items of a kind bring along, and the file that tells that an earlier one did: that stays as it is. */
const companions: Readonly<Partial<Record<Kind, readonly [overlay: string, file: string]>>> = {
  workflow: ['steps', 'src/steps.ts'],
  upstream: ['api', 'src/api/call.ts'],
};

/** Items of one type, their tests, what they bring along, and the index that lists them. Pure. */
export function planAdd(items: readonly [Item, ...Item[]], { itemPaths, ownsIndex, has }: Surroundings): Tree {
  const tree = new Tree();
  for (const item of items) {
    const prefix = `items/${overlayOf(item)}/`;
    const context = itemContext(item);
    for (const [source, spec] of below(itemSpecs, prefix)) tree.add(source.replace('__name__', item.name), render(spec, context));
  }
  for (const kind of new Set(items.map((item) => item.kind))) {
    const [overlay, file] = companions[kind] ?? [];
    if (overlay !== undefined && file !== undefined && !has(file)) for (const [source, text] of below(itemTexts, `items/${overlay}/`)) tree.add(source, text);
  }
  const folder = folders[items[0].type];
  if (ownsIndex) tree.add(`src/${folder}/index.ts`, renderIndex(folder, [...itemPaths, ...items.map(({ name }) => `src/${folder}/${name}.ts`)]));
  return tree;
}

/** A dashboard, alert rules and a collector for what the server sends. Pure. @param has - whether a file is in the repository */
export function planObservability(has: Surroundings['has']): Tree {
  const tree = new Tree();
  for (const [source, text] of below(itemTexts, 'items/observability/')) {
    // It extends the compose file of the repository.
    if (!source.endsWith('/compose.yaml') || has('compose.yaml')) tree.add(source, text);
  }
  return tree;
}

function below<T>(files: Readonly<Record<string, T>>, prefix: string): [path: string, file: T][] {
  return Object.entries(files).filter(([source]) => source.startsWith(prefix)).map(([source, file]) => [source.slice(prefix.length), file]);
}
