import { usageError } from '../error.ts';
import type { ApiCall } from './api/call.ts';
import { callFrom, effectOfMethod } from './api/request.ts';
import { effectOf, effects } from './effect.ts';
import type { Effect } from './effect.ts';
import { parseField, plainField } from './field.ts';
import type { Field } from './field.ts';
import { itemNameFault, lookalike, suggestItemName } from './name.ts';
import type { ItemType } from './name.ts';
import { defaultTexts, itemTextFault, textFlag } from './texts.ts';
import type { TextKey } from './texts.ts';
import { sameUri, uriFault, variablesOf } from './uri.ts';

/** What was typed or asked for; absent means not given. */
export interface ItemInput {
  readonly title?: string | undefined;
  readonly when?: string | undefined;
  readonly returns?: string | undefined;
  readonly effect?: string | undefined;
  readonly blastRadius?: string | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly field?: readonly string[] | undefined;
  readonly uri?: string | undefined;
  readonly kind?: string | undefined;
  readonly step?: readonly string[] | undefined;
  readonly of?: string | undefined;
  readonly upstream?: string | undefined;
  readonly request?: string | undefined;
}

/** What is taken already in the repository. */
export interface Taken {
  readonly names: readonly string[];
  readonly uris: readonly string[];
}

/** An item ready to be rendered. */
export interface Item {
  readonly type: ItemType;
  readonly kind: Kind;
  readonly name: string;
  readonly title: string;
  readonly when: string;
  readonly returns: string;
  readonly effect: Effect;
  readonly blastRadius: string;
  readonly scopes: readonly string[];
  readonly fields: readonly Field[];
  /** Of a resource; empty for the others. */
  readonly uri: string;
  /** Of a workflow; empty for the others. */
  readonly steps: readonly string[];
  /** The tool that an alias is the old name of; empty for the others. */
  readonly of: string;
  /** The request of a tool of kind upstream. */
  readonly api: ApiCall | undefined;
  /** What a person still has to do to it, as a comment. */
  readonly toDo: string;
}

/** What an importer has read already. */
export interface Prepared {
  readonly fields: readonly Field[];
  readonly api: ApiCall;
}

/** Ways a tool can work: an empty handler, ordered steps, a request to an API, or another tool under the name it had before. */
export const kinds = ['plain', 'workflow', 'upstream', 'alias'] as const;
export type Kind = (typeof kinds)[number];

/** @throws {UserError} `invalid_item` (exit 2), with the nearest name that would do. */
export function assertItemName(type: ItemType, name: string, taken: readonly string[]): void {
  const fault = itemNameFault(type, name);
  const other = fault === undefined ? lookalike(name, taken) : undefined;
  if (fault === undefined && other === undefined) return;
  const suggestion = suggestItemName(type, name, taken);
  const hint = suggestion === undefined ? `For example: mcp-gen add ${type} ${type === 'tool' ? 'create_note' : 'note'}` : `For example ${suggestion}`;
  if (fault !== undefined) throw usageError('invalid_item', `The ${type} ${JSON.stringify(name).slice(0, 80)} ${fault}.`, hint);
  throw usageError('already_exists', other === name ? `There is a ${type} ${name} already.` : `The ${type} ${name} would be taken for ${other}, which exists.`, hint);
}

/**
 * Checks what was given and fills in the rest.
 * @param slug name of the server, the scheme of a resource that has no URI yet.
 * @param prepared fields and request of a tool that was read from a document
 * @throws {UserError} `invalid_item` or `already_exists` (exit 2), naming the flag.
 */
export function itemFrom(type: ItemType, name: string, input: ItemInput, taken: Taken, slug: string, prepared?: Prepared): Item {
  assertItemName(type, name, taken.names);
  const kind = prepared === undefined ? oneOf('--kind', input.kind ?? 'plain', kinds) : 'upstream';
  const effect = type === 'tool' ? oneOf('--effect', input.effect ?? defaultEffect(name, kind, input), effects) : 'read';
  if (kind === 'workflow' && effect === 'read') throw usageError('invalid_item', '--kind workflow has steps that change something; --effect read does not.', 'Leave one of them out.');
  const defaults = { ...defaultTexts(type, name, effect), ...returnsOf[kind] };
  const text = (key: TextKey) => checked(key, input[key] ?? defaults[key]);
  const uri = type === 'resource' ? (input.uri ?? `${slug}://${name}/{id}`) : '';
  if (type === 'resource') assertUri(uri, taken.uris);
  const given = fieldsOf(type, uri, (input.field ?? []).map(parseField));
  const { fields, api } = prepared ?? (kind === 'upstream' ? callFrom(input.upstream, input.request, given) : { fields: given, api: undefined });
  return {
    type,
    kind,
    name,
    title: text('title'),
    when: text('when'),
    returns: text('returns'),
    effect,
    blastRadius: effect === 'read' ? '' : text('blastRadius'),
    scopes: unique('--scope', input.scope ?? []).map(scopeFrom),
    fields,
    uri,
    steps: kind === 'workflow' ? stepsFrom(input.step) : [],
    of: kind === 'alias' ? existing(input.of, taken.names) : '',
    api,
    toDo: prepared === undefined ? "To be replaced: name the fields of the answer that agents need, and leave out answer: 'text'." : `To be reviewed: ${prepared.api.method} ${prepared.api.path}, in the words of its document. A model decides by them.`,
  };
}

const returnsOf: Readonly<Partial<Record<Kind, { readonly returns: string }>>> = {
  workflow: { returns: 'How it ended, and the steps that were done.' },
  upstream: { returns: 'What the API answers, as text.' },
};

function defaultEffect(name: string, kind: Kind, { request }: ItemInput): Effect {
  const effect = kind === 'upstream' ? effectOfMethod(request) : effectOf(name);
  return kind === 'workflow' && effect === 'read' ? 'write' : effect;
}

function oneOf<const T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw usageError('invalid_item', `${flag} ${JSON.stringify(value)} must be one of ${allowed.join(', ')}.`);
  return found;
}

function checked(key: TextKey, value: string): string {
  const fault = itemTextFault(key, value);
  if (fault !== undefined) throw usageError('invalid_item', `${textFlag(key)} ${fault}.`, 'A model reads it to decide whether to call; say it in a sentence.');
  return value;
}

function assertUri(uri: string, taken: readonly string[]): void {
  const fault = uriFault(uri);
  if (fault !== undefined) throw usageError('invalid_item', `--uri ${JSON.stringify(uri).slice(0, 80)} ${fault}.`);
  const other = taken.find((one) => sameUri(one, uri));
  if (other !== undefined) throw usageError('already_exists', `There is a resource at ${other} already.`, 'Give --uri another path.');
}

/** RFC 6749 section 3.3: one scope has no spaces. */
function scopeFrom(scope: string): string {
  if (!/^[!#-[\]-~]{1,100}$/.test(scope)) throw usageError('invalid_item', `--scope ${JSON.stringify(scope)} can't be an OAuth scope.`, 'For example --scope notes:read');
  return scope;
}

function unique<T>(flag: string, values: readonly T[], nameOf: (value: T) => string = String): readonly T[] {
  const names = values.map(nameOf);
  const twice = names.find((one, at) => names.indexOf(one) < at);
  if (twice !== undefined) throw usageError('invalid_item', `${flag} names ${twice} twice.`);
  return values;
}

/** A resource has a field per variable of its URI; what comes as a string must be able to. */
function fieldsOf(type: ItemType, uri: string, given: readonly Field[]): readonly Field[] {
  const fields = unique('--field', given, ({ name }) => name);
  const rigid = type === 'tool' ? undefined : fields.find(({ textual }) => !textual);
  if (rigid !== undefined) throw usageError('invalid_item', `--field ${rigid.name} can't have that type: what a ${type} gets comes as text.`, 'Use string, text, date, datetime, email, url, uuid or a choice.');
  if (type !== 'resource') return fields;
  const variables = variablesOf(uri);
  const stray = fields.find(({ name }) => !variables.includes(name));
  if (stray !== undefined) throw usageError('invalid_item', `--field ${stray.name} is not a variable of ${uri}.`, `Add {${stray.name}} to --uri`);
  return variables.map((name) => fields.find((field) => field.name === name && field.required) ?? plainField(name));
}

function existing(name: string | undefined, names: readonly string[]): string {
  if (name !== undefined && names.includes(name)) return name;
  throw usageError('invalid_item', name === undefined ? '--kind alias needs --of, the name the tool has now.' : `--of ${JSON.stringify(name).slice(0, 80)}: there is no such tool.`, `There are ${names.join(', ') || 'none'}.`);
}

function stepsFrom(given: readonly string[] = ['prepare', 'apply', 'verify']): readonly string[] {
  const steps = unique('--step', given);
  const wrong = steps.find((step) => !/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(step) || step in {} || step.length > 64);
  if (wrong !== undefined) throw usageError('invalid_item', `--step ${JSON.stringify(wrong)} must be lower-case words, such as reserve_stock.`);
  if (steps.length < 2 || steps.length > 20) throw usageError('invalid_item', 'A workflow has 2 to 20 steps.', 'For example --step reserve_stock charge_card');
  return steps;
}
