import fc from 'fast-check';
import { Visitor } from 'oxc-parser';
import type { Expression } from 'oxc-parser';
import { expect, test } from 'vitest';
import { itemFrom } from '../../src/items/item.ts';
import type { Item } from '../../src/items/item.ts';
import { Unusable } from '../../src/openapi/document.ts';
import { operationsOf } from '../../src/openapi/operations.ts';
import { toolFrom } from '../../src/openapi/tool.ts';
import { planAdd } from '../../src/plan/add.ts';
import { parseScript, stringsOf } from '../matrix/syntax.ts';
import { anyDocument } from './any.ts';

/** Fixed, so that a run is repeated by running it again. */
const seed = 20261126;
const numRuns = 1_500;

/** Every tool that can be made of a document. @throws what is neither a tool nor a reason against one. */
function toolsOf(document: Record<string, unknown>): Item[] {
  return unlessUnusable(() => operationsOf(document)).flatMap((operation) =>
    unlessUnusable(() => {
      const { input, ...prepared } = toolFrom(operation, operation.toolName, document, 'shop', undefined);
      return [itemFrom('tool', operation.toolName, input, { names: [], uris: [] }, '', prepared)];
    }),
  );
}

function unlessUnusable<T>(make: () => readonly T[]): readonly T[] {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unusable) return [];
    throw error;
  }
}

const filesOf = (item: Item) => planAdd([item], { itemPaths: [], ownsIndex: false, has: () => true }).files();

/** Everything in a script that does something: its statements, and what is called, in their order. */
function deeds(source: string): { statements: string[]; called: Set<string>; other: string[] } {
  const statements: string[] = [];
  const called = new Set<string>();
  const other: string[] = [];
  const program = parseScript('tool.ts', source);
  for (const { type } of program.body) statements.push(type);
  const rootOf = (node: Expression | { type: string }): string => {
    if (node.type === 'MemberExpression') return rootOf((node as unknown as { object: Expression }).object);
    if (node.type === 'CallExpression') return rootOf((node as unknown as { callee: Expression }).callee);
    return node.type === 'Identifier' ? (node as unknown as { name: string }).name : node.type;
  };
  const stranger = ({ type }: { type: string }) => void other.push(type);
  new Visitor({
    CallExpression: ({ callee }) => void called.add(rootOf(callee)),
    NewExpression: ({ callee }) => void called.add(`new ${rootOf(callee)}`),
    ReturnStatement: ({ argument }) => void statements.push(`return ${rootOf(argument ?? { type: 'nothing' })}`),
    ExpressionStatement: ({ expression }) => void statements.push(expression.type === 'AwaitExpression' ? 'await' : expression.type),
    AssignmentExpression: stranger,
    TaggedTemplateExpression: stranger,
    TemplateLiteral: stranger,
    ArrowFunctionExpression: stranger,
    FunctionDeclaration: stranger,
    ImportExpression: stranger,
    SequenceExpression: stranger,
    SpreadElement: stranger,
  }).visit(program);
  return { statements, called, other };
}

const allowed = new Set(['z', 'defineTool', 'callApi', 'upstream', 'JSON', 'args', 'ArrayExpression', 'new RegExp']);
const top = ['ImportDeclaration', 'ImportDeclaration', 'ImportDeclaration', 'VariableDeclaration', 'ExportDefaultDeclaration'];

test('S151 whatever a document says, a tool does nothing but what tools do, and a reason is given for what is none', () => {
  let made = 0;
  fc.assert(
    fc.property(anyDocument, (document) => {
      for (const item of toolsOf(document)) {
        made++;
        const [definition, spec] = filesOf(item);
        const { statements, called, other } = deeds(definition?.contents ?? '');
        const body = item.effect === 'destructive' ? [...(item.api?.readable === true ? ['await'] : []), 'return ArrayExpression', 'return callApi'] : ['return callApi'];
        expect(statements).toEqual([...top, ...body]);
        expect([...called].filter((one) => !allowed.has(one))).toEqual([]);
        expect(other).toEqual([]);
        parseScript('tool.test.ts', spec?.contents ?? '');
      }
    }),
    { seed, numRuns },
  );
  expect(made).toBeGreaterThan(300);
});

test('S152 S155 nothing that nobody sees, no order to a model and no example gets into a tool', () => {
  fc.assert(
    fc.property(anyDocument, (document) => {
      for (const item of toolsOf(document)) {
        for (const { contents } of filesOf(item)) {
          expect(contents).not.toMatch(/[^\P{C}\n]/u);
          expect(stringsOf('tool.ts', contents).filter((text) => /Ignore all previous/.test(text))).toEqual([]);
        }
      }
    }),
    { seed, numRuns: 500 },
  );
});

test('the same document gives the same bytes', () => {
  fc.assert(
    fc.property(anyDocument, (document) => {
      expect(toolsOf(document).map(filesOf)).toEqual(toolsOf(document).map(filesOf));
    }),
    { seed, numRuns: 50 },
  );
});
