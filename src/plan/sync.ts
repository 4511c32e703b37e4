import { itemKinds, renderIndex } from '../repo/index-files.ts';
import { Tree } from '../tree/tree.ts';

/** The index files of an existing repository, derived anew from the files in its item folders. Pure. */
export function planSync(itemPaths: readonly string[]): Tree {
  const tree = new Tree();
  for (const kind of itemKinds) tree.add(`src/${kind}/index.ts`, renderIndex(kind, itemPaths));
  return tree;
}
