import { usageError } from '../../error.ts';
import type { Effect } from '../effect.ts';
import { plainField } from '../field.ts';
import type { Field } from '../field.ts';
import type { ApiCall, Mapping } from './call.ts';

const shape = /^(GET|POST|PUT|PATCH|DELETE) (\/[!-~]{0,300})$/;

/** What a request of a method does. */
const effects: Readonly<Record<string, Effect>> = { GET: 'read', DELETE: 'destructive' };

export function effectOfMethod(request = ''): Effect {
  return effects[request.split(' ')[0] ?? ''] ?? 'write';
}

/** A name of an API in the repository: a part of environment variables and scopes. */
export function assertUpstreamName(name: string | undefined): asserts name is string {
  if (name !== undefined && /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(name) && name.length <= 40 && !(name in {})) return;
  const what = name === undefined ? 'is needed: the name of the API' : `${JSON.stringify(name).slice(0, 60)} must be lower-case words`;
  throw usageError('invalid_item', `--upstream ${what}, such as crm.`);
}

/**
 * The request of `--kind upstream`: variables of the path are fields, the others go into the query or the body.
 * @param request method and path, such as `GET /customers/{id}`
 * @throws {UserError} `invalid_item` (exit 2), naming the flag.
 */
export function callFrom(upstream: string | undefined, request: string | undefined, given: readonly Field[]): { readonly fields: readonly Field[]; readonly api: ApiCall } {
  assertUpstreamName(upstream);
  const [, method, path = ''] = shape.exec(request ?? '') ?? [];
  if (method === undefined || /[?#]|(?:^|\/)\.{1,2}(?:\/|$)|[{}]/.test(path.replaceAll(/\{[^{}]+\}/g, 'x'))) {
    throw usageError('invalid_item', `--request ${request === undefined ? 'is needed' : JSON.stringify(request).slice(0, 80)}: a method and a path without a query.`, "For example --request 'GET /customers/{id}'");
  }
  const variables = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name);
  const wrong = variables.find((name, at) => !/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) || name in {} || variables.indexOf(name) < at);
  if (wrong !== undefined) throw usageError('invalid_item', `--request has the variable {${wrong.slice(0, 60)}}, which must be letters, digits and underscores, and there once.`);
  const inPath = variables.map((name) => given.find((field) => field.name === name && field.required) ?? plainField(name));
  const list = inPath.find(({ good }) => typeof good === 'object');
  if (list !== undefined) throw usageError('invalid_item', `--field ${list.name} is a list, which can't be in a path.`);
  const others = given.filter(({ name }) => !variables.includes(name));
  const inQuery = method === 'GET' || method === 'DELETE';
  const output = [{ name: 'text', shape: { kind: 'text' as const }, about: 'What the API answered', required: true }];
  const api: ApiCall = { upstream, method, path, params: mapped(inPath), query: inQuery ? mapped(others) : [], headers: [], body: inQuery ? undefined : mapped(others), form: [], answer: 'text', output, readable: method === 'DELETE' && others.length === 0 };
  return { fields: [...inPath, ...others], api };
}

function mapped(fields: readonly Field[]): Mapping[] {
  return fields.map(({ name }) => ({ argument: name, wire: name }));
}
