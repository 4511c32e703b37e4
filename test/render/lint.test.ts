import fc from 'fast-check';
import Handlebars from 'handlebars';
import { describe, expect, test } from 'vitest';
import { itemContext } from '../../src/items/context.ts';
import { overlayOf } from '../../src/plan/add.ts';
import { chosenFeatures } from '../../src/plan/chosen.ts';
import { templateContext } from '../../src/plan/context.ts';
import { helpers } from '../../src/render/helpers.ts';
import { combinations, version } from '../matrix/combinations.ts';
import { anyItem } from '../items/any.ts';
import { itemSources, templateSources } from './sources.ts';


/** Block helpers of Handlebars itself that templates may use. */
const blocks = new Set(['if', 'unless', 'each']);

/** The helpers that make a literal of the language a file is in. */
const languages: Readonly<Record<string, readonly string[]>> = {
  ts: ['ts'], mjs: ['ts'], json: ['json'], md: ['md', 'mdLink'], yml: ['yaml'], yaml: ['yaml'], toml: ['json'], Dockerfile: ['docker'],
};

/** Answers that may hold any text. */
const freeText = new Set(['title', 'description', 'securityContact', 'when', 'returns', 'blastRadius', 'scopes', 'uri', 'about', 'question']);

interface Use {
  readonly path: hbs.AST.PathExpression;
  /** The values `path` is looked up in, innermost first: one per combination of answers. */
  readonly scopes: readonly (readonly unknown[])[];
  /** The helper it is an argument of, or undefined where it is printed as it is. */
  readonly helper: string | undefined;
}

/** The contexts that a template is rendered with: every combination of answers, or items of its kind. */
const contexts = [...combinations()].map((answers) => templateContext(answers, chosenFeatures(answers), version));
const itemContexts = (source: string) => fc.sample(anyItem, { numRuns: 200, seed: 1 }).filter((item) => source.startsWith(`items/${overlayOf(item)}/`)).map(itemContext);

const templates = [...templateSources().map((one) => ({ ...one, contexts: contexts as readonly unknown[] })), ...itemSources().map((one) => ({ ...one, contexts: itemContexts(one.source) }))].flatMap(
  ({ source, target, hbs, contexts: rendered }) => (hbs === undefined ? [] : [{ source, target, hbs, contexts: rendered }]),
);

/** Walks a template and tells what it looks up, and where. */
function usesOf(source: string, rendered: readonly unknown[]): Use[] {
  const found: Use[] = [];
  const walk = (node: hbs.AST.Node, scopes: Use['scopes']): void => {
    if (node.type === 'Program') return (node as hbs.AST.Program).body.forEach((child) => walk(child, scopes));
    if (node.type === 'ContentStatement' || node.type === 'CommentStatement') return undefined;
    if (node.type === 'MustacheStatement') return call(node as hbs.AST.MustacheStatement, scopes, undefined);
    if (node.type === 'BlockStatement') return block(node as hbs.AST.BlockStatement, scopes);
    throw new Error(`no template uses a ${node.type}`);
  };
  const call = ({ path, params }: { path: hbs.AST.Node; params: readonly hbs.AST.Node[] }, scopes: Use['scopes'], outer: string | undefined): void => {
    if (params.length === 0) found.push({ path: path as hbs.AST.PathExpression, scopes, helper: outer });
    else for (const one of params) argument(one, scopes, (path as hbs.AST.PathExpression).original);
  };
  const argument = (node: hbs.AST.Node, scopes: Use['scopes'], helper: string): void => {
    if (node.type === 'PathExpression') found.push({ path: node as hbs.AST.PathExpression, scopes, helper });
    else if (node.type === 'SubExpression') call(node as hbs.AST.SubExpression, scopes, helper);
  };
  const block = (node: hbs.AST.BlockStatement, scopes: Use['scopes']): void => {
    if (!blocks.has(node.path.original)) throw new Error(`no template uses {{#${node.path.original}}}`);
    for (const one of node.params) argument(one, scopes, node.path.original);
    const [list] = node.params;
    const inner = node.path.original === 'each' && list?.type === 'PathExpression' ? [valuesAt(list as hbs.AST.PathExpression, scopes).flat(), ...scopes] : scopes;
    walk(node.program, inner);
    if (node.inverse !== undefined && node.inverse !== null) walk(node.inverse, scopes);
  };
  walk(Handlebars.parse(source), [rendered]);
  return found;
}

/** What a path gives in each context; `undefined` where it is not there. */
function valuesAt(path: hbs.AST.PathExpression, scopes: Use['scopes']): unknown[] {
  const parts = path.parts.map(String);
  const start = path.data ? scopes.at(-1) : scopes[path.depth];
  return (start ?? [undefined]).map((value) =>
    (path.data ? parts.slice(1) : parts).reduce<unknown>((at, part) => (typeof at === 'object' && at !== null && Object.hasOwn(at, part) ? (at as Record<string, unknown>)[part] : undefined), value),
  );
}

function callsOf(source: string): string[] {
  return [...source.matchAll(/\{\{\{?[#/~^>!]?\s*\(?\s*([\w.@]+)\s+[\w"'(]/g)].map(([, name = '']) => name);
}

function blocksIn(node: hbs.AST.Program): number {
  return node.body.filter((child) => child.type === 'BlockStatement').reduce((sum, child) => {
    const { program, inverse } = child as hbs.AST.BlockStatement;
    return sum + 1 + blocksIn(program) + (inverse === undefined || inverse === null ? 0 : blocksIn(inverse));
  }, 0);
}

function languageOf(target: string): readonly string[] {
  const extension = target.split('/').at(-1)?.split('.').at(-1) ?? '';
  return languages[extension] ?? [];
}

function isAnswer({ path, scopes }: Use): boolean {
  const inRoot = path.data || path.depth === scopes.length - 1;
  return inRoot && freeText.has(String(path.parts.at(-1)));
}

describe.each(templates)('the template $source', ({ target, hbs: source, contexts: rendered }) => {
  const uses = usesOf(source, rendered);

  test('has at most three block helpers', () => {
    expect(blocksIn(Handlebars.parse(source))).toBeLessThanOrEqual(3);
  });

  test('S133 names only values that every context has, also in conditions and lists', () => {
    const missing = uses.filter(({ path, scopes }) => {
      const values = valuesAt(path, scopes);
      return values.length === 0 || values.includes(undefined);
    });
    expect(missing.map(({ path }) => path.original)).toEqual([]);
  });

  test('S132 gives free text to a helper of its own language, never raw', () => {
    const raw = uses.filter((use) => isAnswer(use) && !blocks.has(use.helper ?? '') && !languageOf(target).includes(use.helper ?? '')).map(({ path, helper }) => `${helper ?? 'raw'} ${path.original}`);
    expect(raw).toEqual([]);
  });

  test('calls only helpers that exist', () => {
    expect(callsOf(source).filter((name) => !blocks.has(name) && name !== 'else' && !Object.hasOwn(helpers, name))).toEqual([]);
  });

  test('S134 holds no expression of GitHub workflows, no escape and no unescaped mustache', () => {
    expect(source).not.toMatch(/\$\{\{|\\\{\{|\{\{\{|\{\{>|\{\{&/);
  });
});

describe('templates', () => {
  test('S134 GitHub workflows are static files', () => {
    expect(templates.filter(({ target }) => target.startsWith('.github/workflows/'))).toEqual([]);
  });

  test('the path of a template holds no template syntax', () => {
    expect([...templateSources(), ...itemSources()].filter(({ source }) => /[{}]/.test(source))).toEqual([]);
  });

  test('every helper of ours is used, or makes a literal of a language', () => {
    const used = new Set(templates.flatMap(({ hbs: source, contexts: rendered }) => usesOf(source, rendered).map(({ helper }) => helper)));
    const literal = new Set(Object.values(languages).flat());
    expect(Object.keys(helpers).filter((name) => !used.has(name) && !literal.has(name))).toEqual([]);
  });
});
