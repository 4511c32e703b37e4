import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Visitor } from 'oxc-parser';
import { planAdd } from '../../src/plan/add.ts';
import { parseFile, parseScript, stringsOf } from '../matrix/syntax.ts';
import type { Item } from '../../src/items/item.ts';
import { anyItem } from './any.ts';

/** Fixed, so that a run is repeated by running it again. */
const seed = 20261120;
const numRuns = 500;

const planned = (item: Item) => planAdd([item], { itemPaths: [], ownsIndex: true, has: () => false }).files();

/** The kinds of a script's statements, in their order: what no text may change. */
function outline(file: string, source: string): string {
  const found: string[] = [];
  new Visitor({
    ImportDeclaration: ({ source: { value } }) => void found.push(`import ${value}`),
    ExportDefaultDeclaration: () => void found.push('export default'),
    ExpressionStatement: () => void found.push('call'),
    VariableDeclaration: () => void found.push('const'),
    ReturnStatement: () => void found.push('return'),
  }).visit(parseScript(file, source));
  return found.join(' ');
}

describe('an item of any texts, fields and scopes', () => {
  test('S131 parses, and every text is in it as that text', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        const files = planned(item);
        for (const { path, contents } of files) parseFile(path, contents);
        const definition = files.find(({ path }) => path.endsWith(`/${item.name}.ts`));
        const strings = stringsOf('item.ts', definition?.contents ?? '');
        const texts = item.kind === 'alias' ? [item.name, `./${item.of}.js`] : [item.name, item.title, item.when, ...(item.type === 'prompt' ? [] : [item.returns]), ...(item.blastRadius === '' ? [] : [item.blastRadius]), ...item.scopes, ...item.fields.map(({ about }) => about)];
        expect(texts.filter((text) => !strings.includes(text))).toEqual([]);
      }),
      { seed, numRuns },
    );
  });

  test('S131 adds no statement', () => {
    const expected: Record<string, string> = {
      tool: 'import zod import ../mcp.js export default return',
      destructive: 'import zod import ../mcp.js export default return return',
      resource: 'import zod import ../mcp.js export default return',
      prompt: 'import zod import ../mcp.js export default return',
    };
    fc.assert(
      fc.property(anyItem.filter(({ kind }) => kind === 'plain'), (item) => {
        const definition = planned(item).find(({ path }) => path.endsWith(`/${item.name}.ts`));
        expect(outline('item.ts', definition?.contents ?? '')).toBe(expected[item.effect === 'destructive' ? 'destructive' : item.type]);
      }),
      { seed, numRuns },
    );
  });

  test('the same item gives the same bytes', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        expect(planned(item)).toEqual(planned(item));
      }),
      { seed, numRuns: 50 },
    );
  });
});
