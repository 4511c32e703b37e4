import { usageError } from '../error.ts';
import { itemTitle } from './name.ts';

/** JSON, as far as an argument of the generated tests needs it. */
export type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };

/** A type that a field can have. */
interface FieldType {
  /** Zod, bounded. */
  readonly schema: string;
  /** What the bounds are, for the description. */
  readonly bounds: string;
  /** A value it takes and one it refuses: what the generated test sends. */
  readonly good: Value;
  readonly bad: Value;
  /** Can come as a string: prompts and URIs carry nothing else. */
  readonly textual: boolean;
}

/** First is the default. */
export const fieldTypes = {
  string: { schema: 'z.string().trim().min(1).max(200)', bounds: '1 to 200 characters', good: 'example', bad: ' ', textual: true },
  text: { schema: 'z.string().trim().min(1).max(4_000)', bounds: '1 to 4000 characters', good: 'An example.', bad: ' ', textual: true },
  integer: { schema: 'z.int().min(0).max(1_000_000)', bounds: '0 to 1000000', good: 1, bad: -1, textual: false },
  number: { schema: 'z.number().min(0).max(1_000_000)', bounds: '0 to 1000000', good: 1.5, bad: -1, textual: false },
  boolean: { schema: 'z.boolean()', bounds: 'true or false', good: true, bad: 'maybe', textual: false },
  date: { schema: 'z.iso.date()', bounds: 'a date such as 2026-01-31', good: '2026-01-31', bad: '31.01.2026', textual: true },
  datetime: { schema: 'z.iso.datetime()', bounds: 'a time in UTC such as 2026-01-31T12:00:00Z', good: '2026-01-31T12:00:00Z', bad: 'noon', textual: true },
  email: { schema: 'z.email().max(254)', bounds: 'an e-mail address', good: 'ann@example.com', bad: 'nobody', textual: true },
  url: { schema: 'z.httpUrl().max(2_000)', bounds: 'an http or https URL', good: 'https://example.com/', bad: 'example', textual: true },
  uuid: { schema: 'z.uuid()', bounds: 'a UUID', good: '3f2b8c1e-9d47-4a6b-8e15-0c7d2f9a6b34', bad: 'nope', textual: true },
} as const satisfies Record<string, FieldType>;

/** One argument of an item. */
export interface Field {
  readonly name: string;
  /** Zod with its description: the right side of a property. */
  readonly schema: string;
  /** What is described: goes through the template's helper. */
  readonly about: string;
  readonly required: boolean;
  readonly textual: boolean;
  readonly good: Value;
  /** Absent where no value can be told to be wrong. */
  readonly bad: Value | undefined;
}

/** Keys every object has, and the platform's own arguments. */
const reserved = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'idempotency_key', 'confirm_token', 'dry_run']);

const choice = /^[\w.-]{1,64}(?:\|[\w.-]{1,64})+$/;

/**
 * Reads `name:type[:required]`; the type is one of {@link fieldTypes}, `a|b|c`, or one of both with `[]` behind it.
 * @throws {UserError} `invalid_item` (exit 2).
 */
export function parseField(text: string): Field {
  const [name = '', typeName = 'string', presence = 'optional', ...rest] = text.split(':');
  const refuse = (why: string) => usageError('invalid_item', `--field ${JSON.stringify(text)}: ${why}.`, 'For example --field customer_id:string:required');
  if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name)) throw refuse('the name must be letters, digits and underscores, starting with a letter');
  if (reserved.has(name)) throw refuse(`${name} is reserved`);
  if (rest.length > 0 || !['required', 'optional'].includes(presence)) throw refuse('the third part can only be "required" or "optional"');
  const list = typeName.endsWith('[]');
  const type = typeOf(list ? typeName.slice(0, -2) : typeName);
  if (type === undefined) throw refuse(`the type must be one of ${Object.keys(fieldTypes).join(', ')}, or a choice such as open|closed, and [] makes it a list`);
  return fieldOf(name, list ? listOf(type) : type, presence === 'required');
}

function fieldOf(name: string, { schema, bounds, good, bad, textual }: FieldType, required: boolean): Field {
  const about = bounds === 'true or false' ? `${itemTitle(name)}, true or false` : `${itemTitle(name)}, ${bounds}`;
  return { name, schema: required ? schema : `${schema}.optional()`, about, required, textual, good, bad };
}

/** A variable of a URI or an argument nobody described: a required string. */
export function plainField(name: string): Field {
  return fieldOf(name, fieldTypes.string, true);
}

function typeOf(name: string): FieldType | undefined {
  if (Object.hasOwn(fieldTypes, name)) return fieldTypes[name as keyof typeof fieldTypes];
  if (!choice.test(name)) return undefined;
  const values = [...new Set(name.split('|'))];
  const schema = `z.enum([${values.map((value) => `'${value}'`).join(', ')}])`;
  const bounds = `${values.slice(0, -1).join(', ')} or ${values.at(-1) ?? ''}`;
  return { schema, bounds, good: values[0] ?? '', bad: 'no_such_choice', textual: true };
}

function listOf({ schema, bounds, good }: FieldType): FieldType {
  return { schema: `z.array(${schema}).min(1).max(50)`, bounds: `a list of 1 to 50, each ${bounds}`, good: [good], bad: [], textual: false };
}
