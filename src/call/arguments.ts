import { usageError } from '../error.ts';

/** What is known of a tool's input: its JSON Schema, as far as flags need it. */
export interface InputSchema {
  readonly properties?: Readonly<Record<string, unknown>> | undefined;
  readonly required?: readonly string[] | undefined;
}

/**
 * Flags of a tool's own fields, `--customer_id 5 --urgent --tags '["a"]'`, by its schema: numbers and booleans become
 * such, lists and objects are JSON, a field may be typed with hyphens.
 * @throws {UserError} `usage` (exit 2) for a field the tool has not, or a value of another type.
 */
export function parseFields(words: readonly string[], tool: string, { properties = {} }: InputSchema): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (let at = 0; at < words.length; at++) {
    const [, flag = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? [];
    const field = [flag, flag.replaceAll('-', '_')].find((name) => name !== '' && Object.hasOwn(properties, name));
    if (field === undefined) throw usageError('usage', `${tool} has no field ${JSON.stringify(words[at]).slice(0, 60)}.`, `Its fields: ${Object.keys(properties).map((name) => `--${name}`).join(' ') || 'none'}`);
    const types = typesOf(properties[field]);
    const next = words[at + 1];
    const hasNext = inline === undefined && next !== undefined && !next.startsWith('--');
    const text = inline ?? (types.includes('boolean') && !/^(?:true|false)$/.test(next ?? '') ? 'true' : hasNext ? words[++at] : types.includes('boolean') ? words[++at] : undefined);
    if (text === undefined) throw usageError('usage', `--${flag} needs a value.`, `A value that starts with -- is written --${flag}=...`);
    given[field] = valueOf(text, types, flag);
  }
  return given;
}

function valueOf(text: string, types: readonly string[], flag: string): unknown {
  if (types.length === 0 || types.includes('string')) return text;
  try {
    const value: unknown = JSON.parse(text);
    const type = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
    if (types.includes(type) || (type === 'number' && types.includes('integer'))) return value;
  } catch {
    // Said below.
  }
  throw usageError('usage', `--${flag} must be ${types.map((type) => (type === 'array' || type === 'object' ? `a JSON ${type}` : type)).join(' or ')}.`, `For example --${flag} ${types.includes('array') ? "'[...]'" : types.includes('object') ? "'{...}'" : types.includes('boolean') ? 'true' : '5'}`);
}

function typesOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, anyOf, enum: values, const: only } = schema as { type?: unknown; anyOf?: unknown; enum?: unknown; const?: unknown };
  if (type !== undefined) return [type].flat().map(String);
  if (Array.isArray(anyOf)) return [...new Set(anyOf.flatMap(typesOf))];
  return [...new Set((Array.isArray(values) ? values : only === undefined ? [] : [only]).map((value) => typeof value))];
}
