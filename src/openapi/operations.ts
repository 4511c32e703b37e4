import { isVerb } from '../items/effect.ts';
import type { Effect } from '../items/effect.ts';
import { itemNameFault, suggestItemName } from '../items/name.ts';
import { Unusable, asObject, listAt, member, objectAt, textAt } from './document.ts';
import type { Json } from './document.ts';
import { References } from './references.ts';
import { cleaned } from './text.ts';

/** What a request of each method does. The others (HEAD, OPTIONS, TRACE) have nothing to tell an agent. */
const methods = {
  get: { verb: 'get', effect: 'read' },
  post: { verb: 'create', effect: 'write' },
  put: { verb: 'set', effect: 'write' },
  patch: { verb: 'update', effect: 'write' },
  delete: { verb: 'delete', effect: 'destructive' },
} as const satisfies Record<string, { verb: string; effect: Effect }>;
export type Method = Uppercase<keyof typeof methods>;

/** A list that is longer was made by a machine for machines. */
const mostOperations = 10_000;

/** Something an API can do. */
export interface Operation {
  /** `GET /pets/{id}`: names it, whatever its id. */
  readonly key: string;
  /** As the document has it. */
  readonly id: string | undefined;
  readonly method: Method;
  readonly path: string;
  readonly effect: Effect;
  readonly summary: string;
  readonly deprecated: boolean;
  /** What the tool is called unless told otherwise; another operation may have the same. */
  readonly toolName: string;
  readonly node: Json;
  /** What holds for all operations of its path. */
  readonly shared: Json;
}

/** Every operation of a document, in its order. @throws {Unusable} when there are too many, or none. */
export function operationsOf(document: Json): readonly Operation[] {
  const found = Object.entries(objectAt(document, 'paths') ?? {}).flatMap(([path, item]) => operationsAt(path, shared(document, item)));
  if (found.length > mostOperations) throw new Unusable(`has ${found.length} operations, more than ${mostOperations}`);
  if (found.length === 0) throw new Unusable('has no operation that an agent could call');
  return found;
}

/** A path that refers to another is read there, where that is in the document. */
function shared(document: Json, item: unknown): Json {
  try {
    return new References(document).follow(item, []).node;
  } catch {
    return {};
  }
}

function operationsAt(path: string, item: Json): Operation[] {
  // It becomes a part of a URL and is shown in a terminal.
  if (!/^\/[!-~]{0,500}$/.test(path)) return [];
  return Object.entries(methods).flatMap(([name, { verb, effect }]): Operation[] => {
    const node = asObject(member(item, name));
    if (node === undefined) return [];
    const method = name.toUpperCase() as Method;
    const id = textAt(node, 'operationId');
    const words = id === undefined ? [] : wordsIn(id);
    const summary = cleaned(textAt(node, 'summary') ?? textAt(node, 'description'), 160).text;
    return [{ key: `${method} ${path}`, id, method, path, effect, summary, deprecated: member(node, 'deprecated') === true, toolName: toolName(words.every(isVerb) ? [...words, ...wordsOfPath(path)] : words, verb), node, shared: item }];
  });
}

/** The verb comes first, because a model looks for what it wants to do: `issues/list-for-repo` is list_issues_for_repo. */
function toolName(words: readonly string[], verb: string): string {
  const at = words.slice(0, 4).findIndex(isVerb);
  const ordered = at === -1 ? [verb, ...words] : [words[at] ?? verb, ...words.slice(0, at), ...words.slice(at + 1)];
  const name = ordered.reduce((short, word) => (`${short}_${word}`.length > 60 ? short : `${short}_${word}`));
  return itemNameFault('tool', name) === undefined ? name : (suggestItemName('tool', name) ?? `${verb}_it`);
}

function wordsIn(text: string): string[] {
  const plain = text.slice(0, 300).normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return plain.split(/[^a-z0-9]+/).filter((word) => word !== '' && !['and', 'unified', 'manage', 'misc'].includes(word));
}

/** `/users/{username}/repos` as users repos by username. */
function wordsOfPath(path: string): string[] {
  const segments = path.split('/');
  const fixed = segments.filter((segment) => !segment.includes('{')).flatMap(wordsIn);
  const variables = segments.filter((segment) => segment.includes('{')).flatMap(wordsIn);
  return [...fixed, ...(variables.length === 0 ? [] : ['by', ...variables])];
}

/** Which operation someone means, and what its tool shall be called. */
export interface Picked {
  readonly operation: Operation;
  readonly name: string | undefined;
}

/** @param asked an id, or method and path, or either with `=name` behind it @returns undefined when there is none, or more than one */
export function pick(operations: readonly Operation[], asked: string): Picked | undefined {
  const of = (text: string) => operations.filter(({ id, key, toolName: name }) => id === text || key === text || name === text || key === text.replace(/^[a-z]+/, (word) => word.toUpperCase()));
  const [whole, second] = of(asked);
  if (whole !== undefined) return second === undefined ? { operation: whole, name: undefined } : undefined;
  const at = asked.lastIndexOf('=');
  const [named, other] = at === -1 ? [] : of(asked.slice(0, at));
  return named === undefined || other !== undefined ? undefined : { operation: named, name: asked.slice(at + 1) };
}

/** Operations that have a word of what was asked in their name, to name them in a hint. */
export function near(operations: readonly Operation[], asked: string): readonly Operation[] {
  const words = wordsIn(asked.split('=')[0] ?? '').filter((word) => word.length > 2);
  const score = ({ toolName: name }: Operation) => words.filter((word) => name.split('_').some((one) => one.startsWith(word))).length;
  return operations.filter((operation) => score(operation) > 0).toSorted((a, b) => score(b) - score(a)).slice(0, 5);
}

/** Parameters of an operation: its own, and those of its path that it does not replace. */
export function parametersOf({ node, shared: item }: Operation, references: References): readonly Json[] {
  const read = (list: readonly unknown[]) => list.map((one) => references.follow(one, []).node);
  const own = read(listAt(node, 'parameters'));
  return [...read(listAt(item, 'parameters')).filter((one) => !own.some((other) => same(one, other))), ...own];
}

function same(a: Json, b: Json): boolean {
  return textAt(a, 'name') === textAt(b, 'name') && textAt(a, 'in') === textAt(b, 'in');
}
