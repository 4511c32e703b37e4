import { helpers } from '../../render/helpers.ts';
import type { Value } from '../field.ts';
import { goodObject } from './sample.ts';
import type { Property } from './shape.ts';
import { structureOf } from './zod.ts';

const { ts } = helpers;

/** Where an argument of a tool goes in a request. */
export interface Mapping {
  readonly argument: string;
  /** What the API calls it. */
  readonly wire: string;
  /** A list that goes as one text, with commas between. */
  readonly joined?: boolean;
}

/** How the answer of an API becomes the output of a tool: as it is, a list under `items`, its text under `text`, or its status alone. */
export type Answer = 'object' | 'items' | 'text' | 'nothing';

/** The request that a tool makes, and what comes back. */
export interface ApiCall {
  readonly upstream: string;
  readonly method: string;
  /** With variables in braces, in printable ASCII. */
  readonly path: string;
  readonly params: readonly Mapping[];
  readonly query: readonly Mapping[];
  readonly headers: readonly Mapping[];
  /** Fields of an object, or the argument that is all of it. */
  readonly body: readonly Mapping[] | string | undefined;
  /** Fields that are sent as an HTML form instead. */
  readonly form: readonly Mapping[];
  readonly answer: Answer;
  readonly output: readonly Property[];
  /** Whether a GET of the same path, with nothing else, tells that what is to be destroyed is there. */
  readonly readable: boolean;
}

/** Whether a repeated request has its effect twice, unless the API is told that it is the same one. */
export function repeats({ method }: ApiCall): boolean {
  return method === 'POST' || method === 'PATCH';
}

/** The lines of the request, as the argument of `callApi`. */
export function requestLines(call: ApiCall): string[] {
  const { method, path, params, query, headers, body, form, answer } = call;
  const allHeaders = [...headers.map(entry), ...(repeats(call) ? ["'Idempotency-Key': idempotencyKey"] : [])];
  return [
    `method: ${ts(method)},`,
    `path: ${ts(path)},`,
    ...objectLine('params', params.map(entry)),
    ...objectLine('query', query.map(entry)),
    ...objectLine('headers', allHeaders),
    ...(body === undefined ? [] : typeof body === 'string' ? [`body: args.${body},`] : objectLine('body', body.map(entry), true)),
    ...objectLine('form', form.map(entry)),
    ...(answer === 'object' ? [] : [`answer: ${ts(answer)},`]),
  ];
}

function objectLine(name: string, entries: readonly string[], evenEmpty = false): string[] {
  return entries.length === 0 && !evenEmpty ? [] : [entries.length > 4 ? `${name}: {\n${entries.map((one) => `        ${one},\n`).join('')}      },` : `${name}: { ${entries.join(', ')} },`.replace('{  }', '{}')];
}

function entry({ argument, wire, joined }: Mapping): string {
  const key = /^[A-Za-z_]\w*$/.test(wire) && wire !== '__proto__' ? wire : wire === '__proto__' ? `['__proto__']` : ts(wire);
  return `${key}: args.${argument}${joined === true ? "?.join(',')" : ''}`;
}

/** The line of the request that looks whether something is there. */
export function checkLine({ path, params }: ApiCall): string {
  return [`method: 'GET', path: ${ts(path)},`, ...objectLine('params', params.map(entry)), "answer: 'nothing',"].join(' ');
}

/** The output of a tool, as zod. */
export function outputSource({ output }: ApiCall): string {
  return structureOf(output, 'object', 0);
}

/** What a test's API answers, and what the tool makes of it. */
export function exchangeOf({ answer, output }: ApiCall): { readonly status: number; readonly answer: Value; readonly expected: Value } {
  const expected = goodObject(output);
  if (answer === 'nothing') return { status: 204, answer: '', expected: { status: 204 } };
  return { status: 200, answer: answer === 'object' ? expected : (expected[answer] ?? ''), expected };
}

/** What the API is asked when the tool gets these arguments. */
export function askedOf({ method, path, params, query, body, form }: ApiCall, args: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  const filled = path.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => encodeURIComponent(String(args[params.find(({ wire }) => wire === name)?.argument ?? ''])));
  const search = encoded(query, args);
  const sent = typeof body === 'string' ? args[body] : body === undefined ? undefined : Object.fromEntries(body.flatMap(({ wire, argument }) => (args[argument] === undefined ? [] : [[wire, args[argument]]])));
  return { method, url: `${filled}${search.size === 0 ? '' : `?${search}`}`, ...(sent === undefined ? {} : { body: sent }), ...(form.length === 0 ? {} : { form: String(encoded(form, args)) }) };
}

function encoded(mappings: readonly Mapping[], args: Readonly<Record<string, Value>>): URLSearchParams {
  return new URLSearchParams(mappings.flatMap(({ wire, argument, joined }) => listed(args[argument], joined).map((value): [string, string] => [wire, value])));
}

function listed(value: Value | undefined, joined = false): string[] {
  if (value === undefined) return [];
  const all = Array.isArray(value) ? value.map(String) : [String(value)];
  return joined ? [all.join(',')] : all;
}
