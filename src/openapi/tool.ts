import type { ApiCall } from '../items/api/call.ts';
import { badOf, goodOf } from '../items/api/sample.ts';
import type { Property } from '../items/api/shape.ts';
import { zodOf } from '../items/api/zod.ts';
import { isVerb } from '../items/effect.ts';
import type { Field } from '../items/field.ts';
import type { ItemInput } from '../items/item.ts';
import { itemTitle } from '../items/name.ts';
import { replyOf } from './answers.ts';
import type { Reply } from './answers.ts';
import { requestOf } from './arguments.ts';
import { Unusable, listAt, member, objectAt, textAt } from './document.ts';
import type { Json } from './document.ts';
import type { Operation } from './operations.ts';
import { References } from './references.ts';
import { Schemas } from './schema.ts';
import { cleaned, withoutNames } from './text.ts';

/** A tool that calls one operation of an API. */
export interface ImportedTool {
  readonly name: string;
  readonly input: ItemInput;
  readonly fields: readonly Field[];
  readonly api: ApiCall;
  /** What of the document is not in the tool, and why. */
  readonly notes: readonly string[];
  /** Whether its answer has more fields than agents see. */
  readonly isCut: boolean;
}

/**
 * Reads one operation as a tool.
 * @param upstream name of the API in the repository
 * @param scopes what a caller must have; by default `<upstream>:read` or `<upstream>:write`
 * @throws {Unusable} when the operation needs something that a tool can't say.
 */
export function toolFrom(operation: Operation, name: string, document: Json, upstream: string, scopes: readonly string[] | undefined): ImportedTool {
  try {
    return read(operation, name, document, upstream, scopes);
  } catch (error) {
    // Schemas inside each other, deeper than the stack.
    if (error instanceof RangeError) throw new Unusable('is nested too deeply', { cause: error });
    throw error;
  }
}

function read(operation: Operation, name: string, document: Json, upstream: string, scopes: readonly string[] | undefined): ImportedTool {
  const references = new References(document);
  const schemas = new Schemas(references);
  const { properties, ...request } = requestOf(operation, document, references, schemas);
  const reply = replyOf(operation.node, references, schemas);
  const known = new Set([...properties.map((one) => one.name), ...reply.output.map((one) => one.name)]);
  const { when, title, fault } = textsOf(operation, name, known);
  const { method, path, effect } = operation;
  return {
    name,
    input: {
      title,
      when,
      returns: returnsOf(reply, known),
      effect,
      scope: scopes ?? [`${upstream}:${effect === 'read' ? 'read' : 'write'}`],
    },
    fields: properties.map(fieldOf),
    api: { upstream, method, path, ...request, answer: reply.answer, output: reply.output, readable: isReadable(operation) },
    notes: [...(fault === undefined ? [] : [`its description ${fault}, and is left out`]), ...(operation.deprecated ? ['the API has declared it deprecated'] : []), ...new Set(schemas.notes)],
    isCut: schemas.leftOut > 0,
  };
}

/** Whether the same path can be read without more than its variables. */
function isReadable({ shared, method }: Operation): boolean {
  const get = objectAt(shared, 'get');
  return method === 'DELETE' && get !== undefined && listAt(get, 'parameters').every((one) => textAt(one, '$ref') !== undefined || textAt(one, 'in') === 'path' || member(one, 'required') !== true);
}

/** Of a list, those of what is in it. */
function fieldsIn({ answer, output }: Reply): readonly Property[] {
  const [only] = output;
  return answer === 'items' && only?.shape.kind === 'list' && only.shape.items.kind === 'structure' ? only.shape.items.properties : output;
}

function fieldOf({ name, shape, about, required }: Property): Field {
  const schema = zodOf(shape, 'strictObject', 4);
  return { name, schema: required ? schema : `${schema}.optional()`, about, required, textual: false, good: goodOf(shape), bad: badOf(shape) };
}

function textsOf({ node, summary }: Operation, name: string, known: ReadonlySet<string>): { readonly when: string; readonly title: string; readonly fault?: string | undefined } {
  const described = cleaned(textAt(node, 'description'), 300);
  const fault = described.fault ?? cleaned(textAt(node, 'summary'), 160).fault;
  const short = summary.replace(/[.\s]+$/, '');
  const first = short === '' ? `Call this to ${itemTitle(name).toLowerCase()}.` : calling(short);
  const more = described.text === '' || described.text.startsWith(short) ? described.text.slice(short.length).replace(/^[.\s]+/, '') : described.text;
  const when = withoutNames(`${first} ${more}`.trim().slice(0, 500), known);
  return { when: when.length < 12 ? `${when} It is one request to the API.` : when, title: short === '' || short.length > 80 ? itemTitle(name) : short, fault };
}

/** `List the pets` as `Call this to list the pets.` */
function calling(summary: string): string {
  const [word = '', ...rest] = summary.split(' ');
  const lower = word.toLowerCase();
  const verb = [lower, lower.replace(/s$/, '')].find(isVerb);
  return verb === undefined ? `Call this for: ${summary}.` : `Call this to ${[verb, ...rest].join(' ')}.`;
}

function returnsOf(reply: Reply, known: ReadonlySet<string>): string {
  const { answer, output, said } = reply;
  const words = /^(?:ok|success\w*|response|default|no content|created|\W*)\W*$/i.test(said) || said.length < 4 ? '' : withoutNames(said.replace(/[.\s]+$/, ''), known);
  if (answer === 'nothing') return words === '' ? 'The HTTP status of the API\'s answer.' : `${words}.`;
  const fields = fieldsIn(reply);
  const names = fields.map(({ name }) => name).filter((name) => /^\w{1,20}$/.test(name)).slice(0, 10);
  const each = fields === output ? ':' : ', each with';
  return `${words === '' ? (fields === output ? 'What the API answers' : 'What was found') : words}${each} ${names.join(', ')}${names.length < fields.length ? ' and more' : ''}.`;
}
