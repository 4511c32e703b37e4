import { itemSpecs, itemTexts } from 'virtual:item-templates';
import { itemContext } from '../items/context.ts';
import type { Item } from '../items/item.ts';
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

/** Template folders of an item; what an earlier item brought along stays as it is. */
function overlaysOf({ type, kind, effect }: Item, { has }: Surroundings): string[] {
  if (kind === 'plain') return [effect === 'destructive' ? effect : type];
  return kind === 'workflow' && !has('src/steps.ts') ? [kind, 'steps'] : [kind];
}

/** An item, its test and the index that lists it. Pure. */
export function planAdd(item: Item, surroundings: Surroundings): Tree {
  const context = itemContext(item);
  const tree = new Tree();
  for (const overlay of overlaysOf(item, surroundings)) {
    const prefix = `items/${overlay}/`;
    const destination = (source: string) => source.slice(prefix.length).replace('__name__', item.name);
    for (const [source, text] of Object.entries(itemTexts)) if (source.startsWith(prefix)) tree.add(destination(source), text);
    for (const [source, spec] of Object.entries(itemSpecs)) if (source.startsWith(prefix)) tree.add(destination(source), render(spec, context));
  }
  const folder = folders[item.type];
  if (surroundings.ownsIndex) tree.add(`src/${folder}/index.ts`, renderIndex(folder, [...surroundings.itemPaths, `src/${folder}/${item.name}.ts`]));
  return tree;
}
