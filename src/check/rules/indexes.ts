import { itemKinds, renderIndex } from '../../repo/index-files.ts';
import { fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';

export const indexes: Rule = {
  id: 'indexes',
  part: 'repository',
  title: 'Index files list what is there',
  why: 'A tool that no index lists is a file that nobody can call.',
  check({ repo }) {
    const behind = itemKinds.map((kind) => `src/${kind}/index.ts`).filter((file, at) => repo.read(file)?.replaceAll('\r\n', '\n') !== renderIndex(itemKinds[at] ?? 'tools', repo.itemPaths));
    return behind.length === 0 ? pass('src/{tools,resources,prompts}/index.ts are up to date') : fail(`${behind.length} of ${itemKinds.length} are not`, behind.map((file) => ({ at: file, text: 'differs from the files beside it' })), 'npm run gen -- sync');
  },
};
