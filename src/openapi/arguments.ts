import type { Mapping } from '../items/api/call.ts';
import type { Property, Shape } from '../items/api/shape.ts';
import { Unusable, member, objectAt, textAt } from './document.ts';
import type { Json } from './document.ts';
import { parametersOf } from './operations.ts';
import type { Operation } from './operations.ts';
import type { References } from './references.ts';
import type { Schemas } from './schema.ts';

/** The request of an operation in terms of a tool's arguments. */
export interface Request {
  readonly properties: readonly Property[];
  readonly params: readonly Mapping[];
  readonly query: readonly Mapping[];
  readonly headers: readonly Mapping[];
  /** Its fields are arguments of their own, or it is one argument. */
  readonly body: readonly Mapping[] | string | undefined;
  /** Fields of a body that goes as an HTML form. */
  readonly form: readonly Mapping[];
}

type Place = 'path' | 'query' | 'header' | 'body';

/** More are not read by a model, and not by whoever reviews them. */
const mostArguments = 40;

const reserved = new Set(['idempotency_key', 'confirm_token', 'dry_run']);

/** HTTP's own, which OpenAPI says are no parameters (section 4.8.12.1). */
const ownHeaders = new Set(['accept', 'content-type', 'authorization', 'cookie', 'host', 'content-length']);

/** Reads what an operation takes. @throws {Unusable} when it needs something that a tool can't give. */
export function requestOf(operation: Operation, document: Json, references: References, schemas: Schemas): Request {
  const taken = new Map<string, Property>();
  const request = { params: [] as Mapping[], query: [] as Mapping[], headers: [] as Mapping[] };
  const lists = { path: request.params, query: request.query, header: request.headers } as const;
  for (const parameter of parametersOf(operation, references)) {
    const place = textAt(parameter, 'in');
    if (place !== 'path' && place !== 'query' && place !== 'header') {
      if (member(parameter, 'required') === true) throw new Unusable(`needs the ${String(place).slice(0, 20)} ${JSON.stringify(textAt(parameter, 'name') ?? '').slice(0, 60)}`);
      continue;
    }
    if (!isCredential(parameter, document)) lists[place].push(...parameterOf(parameter, place, taken, schemas));
  }
  assertPath(operation.path, request.params);
  const { body, form } = bodyOf(operation, references, taken, schemas);
  const properties = [...taken.values()].toSorted((a, b) => Number(b.required) - Number(a.required));
  if (properties.length > mostArguments) throw new Unusable(`takes ${properties.length} arguments, more than ${mostArguments}`);
  return { properties, ...request, body, form };
}

function parameterOf(parameter: Json, place: Exclude<Place, 'body'>, taken: Map<string, Property>, schemas: Schemas): Mapping[] {
  const wire = textAt(parameter, 'name') ?? '';
  const required = place === 'path' || member(parameter, 'required') === true;
  try {
    if (place === 'header' && !/^[\w!#$%&'*+.^`|~-]{1,100}$/.test(wire)) throw new Unusable('has a name that no header can have');
    if (wire === '' || wire.length > 200 || /\p{C}/u.test(wire)) throw new Unusable('has no name that can be sent');
    if (objectAt(parameter, 'schema') === undefined) throw new Unusable('has no schema');
    const shape = schemas.read(objectAt(parameter, 'schema'), 'input', wire.slice(0, 60));
    const isList = place === 'query' && shape.kind === 'list' && isPlain(shape.items);
    if (!isPlain(shape) && !isList) throw new Unusable('is an object, which does not go into a URL or a header');
    const name = argumentName(wire, place, taken);
    const schema = objectAt(parameter, 'schema') ?? {};
    const described = { ...schema, description: textAt(parameter, 'description') ?? textAt(schema, 'description') };
    // A path without a segment is another path.
    const whole = { ...withoutNull(shape), ...(shape.kind === 'text' && shape.format === undefined && place === 'path' ? { min: Math.max(1, shape.min ?? 1) } : {}) };
    taken.set(name, { name, shape: whole, about: schemas.aboutOf(name, described, whole, name), required });
    return [{ argument: name, wire, ...(isList && (member(parameter, 'explode') === false || textAt(parameter, 'style') === 'pipeDelimited') ? { joined: true } : {}) }];
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    const shown = `the ${place} parameter ${JSON.stringify(wire.slice(0, 60))}`;
    if (required) throw new Unusable(`needs ${shown}, which ${error.message}`);
    schemas.notes.push(`${shown} is left out: it ${error.message}`);
    return [];
  }
}

/** Keys of the API itself never come from a model: they are configured. */
function isCredential(parameter: Json, document: Json): boolean {
  const [name, place] = [textAt(parameter, 'name') ?? '', textAt(parameter, 'in')];
  if (place === 'header' && ownHeaders.has(name.toLowerCase())) return true;
  const schemes = Object.values(objectAt(objectAt(document, 'components'), 'securitySchemes') ?? {});
  return schemes.some((scheme) => textAt(scheme, 'type') === 'apiKey' && textAt(scheme, 'in') === place && textAt(scheme, 'name')?.toLowerCase() === name.toLowerCase());
}

/** Every variable of a path has a parameter, and the other way round. */
function assertPath(path: string, params: readonly Mapping[]): void {
  const variables = [...path.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name);
  const missing = variables.find((name) => !params.some(({ wire }) => wire === name)) ?? params.find(({ wire }) => !variables.includes(wire))?.wire;
  if (missing !== undefined || /[{}]/.test(path.replaceAll(/\{[^{}]*\}/g, ''))) throw new Unusable(`has a path whose variables are not its parameters${missing === undefined ? '' : `: ${missing.slice(0, 60)}`}`);
  if (/[?#]|(?:^|\/)\.{1,2}(?:\/|$)/.test(path)) throw new Unusable('has a path that leads elsewhere');
}

function bodyOf({ node }: Operation, references: References, taken: Map<string, Property>, schemas: Schemas): Pick<Request, 'body' | 'form'> {
  const given = objectAt(node, 'requestBody');
  if (given === undefined) return { body: undefined, form: [] };
  const body = references.follow(given, []).node;
  const content = Object.entries(objectAt(body, 'content') ?? {});
  const json = content.find(([type]) => isJson(type));
  const asForm = content.find(([type]) => /^application\/x-www-form-urlencoded(?:\s*;.*)?$/i.test(type));
  if (json === undefined && asForm !== undefined) return { body: undefined, form: formOf(objectAt(asForm[1], 'schema'), taken, schemas) };
  if (json === undefined) {
    const types = content.map(([type]) => type.slice(0, 60)).join(', ');
    if (member(body, 'required') === true || content.length > 0) throw new Unusable(`takes ${types === '' ? 'a body of no type' : types}, not JSON`);
    return { body: undefined, form: [] };
  }
  const schema = objectAt(json[1], 'schema');
  const properties = schemas.readObject(schema, 'input', 'body');
  if (properties === undefined) {
    const name = argumentName('body', 'body', taken);
    const shape = schemas.read(schema, 'input', 'body');
    taken.set(name, { name, shape, about: schemas.aboutOf(name, schema, shape, 'body'), required: true });
    return { body: name, form: [] };
  }
  return { body: mapped(properties, taken), form: [] };
}

/** In a URL and in a form null would be a word. */
function withoutNull(shape: Shape): Shape {
  return shape.kind === 'list' ? { ...shape, items: { ...shape.items, nullable: false }, nullable: false } : { ...shape, nullable: false };
}

/** A form has words and lists of words, no objects and no null. */
function formOf(schema: Json | undefined, taken: Map<string, Property>, schemas: Schemas): Mapping[] {
  const properties = schemas.readObject(schema, 'input', 'body') ?? [];
  const sendable = properties.filter(({ shape }) => isPlain(shape) || (shape.kind === 'list' && isPlain(shape.items)));
  const other = properties.find((property) => !sendable.includes(property));
  if (other?.required === true || sendable.length === 0) throw new Unusable(`needs ${other === undefined ? 'a form of no fields' : `body.${other.name}, which is an object and does not go into a form`}`);
  if (other !== undefined) schemas.notes.push(`body.${other.name} is left out: it is an object, which does not go into a form`);
  return mapped(sendable.map((property) => ({ ...property, shape: withoutNull(property.shape) })), taken);
}

/** Makes each field an argument of its own. */
function mapped(properties: readonly Property[], taken: Map<string, Property>): Mapping[] {
  return properties.map((property) => {
    const name = argumentName(property.name, 'body', taken);
    taken.set(name, { ...property, name });
    return { argument: name, wire: property.name };
  });
}

/** `application/json`, `application/vnd.github+json`, with parameters or without. */
export function isJson(type: string): boolean {
  return /^application\/(?:[\w.+-]+\+)?json(?:\s*;.*)?$/i.test(type);
}

/** A name that every model provider takes and that nothing else has: `per-page` is per_page, `filter[name]` filter_name. */
function argumentName(wire: string, place: Place, taken: ReadonlyMap<string, unknown>): string {
  const plain = wire.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '').slice(0, 50);
  const free = [plain, `${place}_${plain}`].find((name) => /^[A-Za-z]\w*$/.test(name) && !taken.has(name) && !(name in {}) && !reserved.has(name));
  if (free === undefined) throw new Unusable(`has two arguments that would both be called ${plain || place}`);
  return free;
}

/** Types of what comes back, by what a tool can do with it. */
export function contentOf(response: Json): { readonly json: Json | undefined; readonly text: boolean } {
  const content = Object.entries(objectAt(response, 'content') ?? {});
  const json = content.find(([type]) => isJson(type));
  return { json: json === undefined ? undefined : (objectAt(json[1], 'schema') ?? {}), text: content.some(([type]) => /^text\//i.test(type)) };
}

/** Whether a value is one word of a URL or a header. */
function isPlain(shape: Shape): boolean {
  return shape.kind === 'either' ? shape.options.every(isPlain) : shape.kind !== 'list' && shape.kind !== 'structure';
}
