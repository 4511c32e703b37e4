// What a change of tools, resources and prompts means to the agents that use them.

type Json = Readonly<Record<string, unknown>>;

/** Tools, resources or prompts by name, as they are seen. */
export type Items = Readonly<Record<string, Json>>;

/** Everything that agents see. */
export interface Surface {
  readonly tools: Items;
  readonly resources: Items;
  readonly prompts: Items;
}

/** `breaking`: a call that worked may fail, or what it returned may not be understood. `minor`: more is possible. `patch`: the words. */
export type Severity = 'patch' | 'minor' | 'breaking';

export interface Change {
  readonly severity: Severity;
  /** `tool search_notes`. */
  readonly item: string;
  readonly what: string;
}

/** Everything that differs, worst first. */
export function changesBetween(before: Surface, after: Surface): Change[] {
  const kinds = [['tool', 'tools'], ['resource', 'resources'], ['prompt', 'prompts']] as const;
  const found = kinds.flatMap(([kind, key]) =>
    namesOf(before[key], after[key]).flatMap((name) =>
      itemChanges(before[key][name], after[key][name]).map(([severity, what]) => ({ severity, item: `${kind} ${name}`, what })),
    ),
  );
  const order: readonly Severity[] = ['breaking', 'minor', 'patch'];
  return found.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

/** Whether going from one version to another admits breaking changes: a new major version, below 1.0.0 a new minor one. */
export function admitsBreaking(from: string, to: string): boolean {
  const [[major = 0, minor = 0], [newMajor = 0, newMinor = 0]] = [from, to].map((version) => version.split('.').map(Number)) as [number[], number[]];
  return newMajor > major || (major === 0 && newMajor === 0 && newMinor > minor);
}

/** The next version that admits breaking changes. */
export function nextBreaking(version: string): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 0 ? `0.${minor + 1}.0` : `${major + 1}.0.0`;
}

type Found = readonly [severity: Severity, what: string];

const effects = ['read', 'write', 'destructive'];

function itemChanges(before: Json | undefined, after: Json | undefined): Found[] {
  if (before === undefined) return [['minor', 'was added']];
  if (after === undefined) return [['breaking', 'was removed']];
  return namesOf(before, after).filter((key) => !same(before[key], after[key])).flatMap((key): Found[] => {
    const [was, is] = [before[key], after[key]];
    if (key === 'hash') return [];
    if (key === 'inputSchema') return schemaChanges(was, is, 'input', 'input');
    if (key === 'outputSchema') return schemaChanges(was, is, 'output', 'output');
    if (key === 'effect') return [[effects.indexOf(String(is)) > effects.indexOf(String(was)) ? 'breaking' : 'minor', `its effect was ${was}, is ${is}`]];
    if (key === 'scopes') return scopeChanges(list(was), list(is));
    return [[key === 'uri' || key === 'mimeType' ? 'breaking' : 'patch', `its ${key} changed`]];
  });
}

function scopeChanges(before: readonly unknown[], after: readonly unknown[]): Found[] {
  const [more, less] = [without(after, before), without(before, after)];
  return [...more.map((scope): Found => ['breaking', `needs the scope ${scope}`]), ...less.map((scope): Found => ['minor', `does not need the scope ${scope} any more`])];
}

/** Arguments may be asked for less and taken more; results may promise more and hold less. */
type Direction = 'input' | 'output';

const words = new Set(['title', 'description', 'examples', '$schema', '$comment', 'deprecated', 'readOnly', 'writeOnly']);
const lower = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']);
const upper = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']);
const shapes = new Set(['pattern', 'format', 'multipleOf', 'uniqueItems']);

function schemaChanges(was: unknown, is: unknown, direction: Direction, path: string): Found[] {
  if (same(was, is)) return [];
  if (!isObject(was) || !isObject(is)) return [['breaking', `${path} changed`]];
  const narrows = (what: string): Found => [direction === 'input' ? 'breaking' : 'minor', `${path} ${what}`];
  const widens = (what: string): Found => [direction === 'input' ? 'minor' : 'breaking', `${path} ${what}`];
  return namesOf(was, is).filter((key) => !same(was[key], is[key])).flatMap((key): Found[] => {
    const [a, b] = [was[key], is[key]];
    if (words.has(key)) return [['patch', `the ${key} of ${path} changed`]];
    if (key === 'default') return [['minor', `the default of ${path} changed`]];
    if (key === 'properties' && isObject(a) && isObject(b)) return propertyChanges(a, b, list(is['required']), direction, path);
    if (key === 'required') return presenceChanges(was, is, direction, path);
    if (key === 'items') return schemaChanges(a, b, direction, `${path}[]`);
    if (key === 'type') return setChanges(typesOf(a), typesOf(b), 'the type', narrows, widens);
    if (key === 'enum') return setChanges(a === undefined ? undefined : list(a), b === undefined ? undefined : list(b), 'the value', narrows, widens);
    if (key === 'anyOf' || key === 'oneOf') return setChanges(list(a).map(text), list(b).map(text), 'the alternative', narrows, widens);
    if (direction === 'output' && shapes.has(key)) return [['minor', `the ${key} of ${path} changed`]];
    if (lower.has(key) || upper.has(key)) return [boundChange(key, a, b, direction, narrows, widens)];
    if (shapes.has(key) && a === undefined) return [narrows(`has a ${key} now`)];
    if (shapes.has(key) && b === undefined) return [widens(`has no ${key} any more`)];
    if (key === 'additionalProperties' && (a === false || b === false)) return [b === false ? narrows('takes no other fields any more') : widens('takes other fields now')];
    return [['breaking', `the ${key} of ${path} changed`]];
  });
}

function propertyChanges(before: Json, after: Json, required: readonly unknown[], direction: Direction, path: string): Found[] {
  return namesOf(before, after).flatMap((name): Found[] => {
    const at = `${path}.${name}`;
    if (after[name] === undefined) return [['breaking', `${at} was removed`]];
    if (before[name] !== undefined) return schemaChanges(before[name], after[name], direction, at);
    const demanded = required.includes(name);
    return [[direction === 'input' && demanded ? 'breaking' : 'minor', `${at} was added${demanded ? ', required' : ''}`]];
  });
}

/** Of the fields that were there before and still are. */
function presenceChanges(was: Json, is: Json, direction: Direction, path: string): Found[] {
  const stays = (name: unknown): boolean => [was, is].every(({ properties }) => isObject(properties) && properties[String(name)] !== undefined);
  const [more, less] = [without(list(is['required']), list(was['required'])), without(list(was['required']), list(is['required']))];
  return [
    ...more.filter(stays).map((name): Found => [direction === 'input' ? 'breaking' : 'minor', `${path}.${name} is required now`]),
    ...less.filter(stays).map((name): Found => [direction === 'input' ? 'minor' : 'breaking', `${path}.${name} is optional now`]),
  ];
}

type Says = (what: string) => Found;

function setChanges(before: readonly unknown[] | undefined, after: readonly unknown[] | undefined, noun: string, narrows: Says, widens: Says): Found[] {
  if (before === undefined) return [narrows('takes only some values now')];
  if (after === undefined) return [widens('takes any value now')];
  const [lost, gained] = [without(before, after), without(after, before)];
  return [...lost.map((one) => narrows(`lost ${noun} ${one}`)), ...gained.map((one) => widens(`gained ${noun} ${one}`))];
}

/** A bound of a result is a promise nobody relies on being larger. */
function boundChange(key: string, before: unknown, after: unknown, direction: Direction, narrows: Says, widens: Says): Found {
  const what = `has the ${key} ${after ?? 'no more'}, had ${before ?? 'none'}`;
  if (direction === 'output') return ['minor', narrows(what)[1]];
  const tighter = after !== undefined && (before === undefined || (lower.has(key) ? Number(after) > Number(before) : Number(after) < Number(before)));
  return tighter ? narrows(what) : widens(what);
}

/** Every integer is a number. */
function typesOf(type: unknown): readonly unknown[] | undefined {
  if (type === undefined) return undefined;
  const types = Array.isArray(type) ? type : [type];
  return types.includes('number') ? [...types, 'integer'] : types;
}

function namesOf(before: Json, after: Json): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function without(from: readonly unknown[], others: readonly unknown[]): readonly unknown[] {
  return from.filter((one) => !others.includes(one));
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equal whatever the order of the keys. */
function same(a: unknown, b: unknown): boolean {
  return text(a) === text(b);
}

function text(value: unknown): string {
  const sorted = (_key: string, member: unknown) => (isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member);
  return JSON.stringify(value, sorted) ?? '';
}
