import { itemTitle } from '../items/name.ts';
import { Unusable, asObject, listAt, member, objectAt, textAt } from './document.ts';
import { harmlessPattern } from './pattern.ts';
import type { Place, References } from './references.ts';
import { formats } from '../items/api/shape.ts';
import type { Format, Property, Shape } from '../items/api/shape.ts';
import { cleaned, withoutNames } from './text.ts';

/** Arguments are closed and bounded; of answers only is said which parts leave the server, because an API grows. */
export type Direction = 'input' | 'output';

/** Levels of objects and lists, and properties of one object by its level. */
const deepest = { input: 5, output: 4 } as const;
const widest = { input: [30, 20, 20, 20, 20, 20], output: [15, 8, 6, 4, 4] } as const;

/** Bounds where a document has none, or wider ones. */
const most = { characters: 1_000, written: 10_000, allowed: 100_000, items: 100, number: 1_000_000_000_000, choices: 100, options: 5 } as const;

/** Fields of an answer that are of no use to whoever can't follow them: they come last. */
const address = /(?:^|_)(?:urls?|href|node_id|gravatar_id|etag|links?)$|(?:Url|Href|Links?)$/;

/** Names that every model provider takes as the key of a schema. */
const keyShape = /^[A-Za-z_][\w.-]{0,63}$/;

/** What is told of a field may be far from the field it names. */
const noNames: ReadonlySet<string> = new Set();

/** Reads the schemas of one operation. What can't be said is left out with a note where it may be, and refused where it is needed. */
export class Schemas {
  readonly notes: string[] = [];
  #leftOut = 0;

  constructor(private readonly references: References) {}

  /** How many fields of the answer no agent will see. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** @param what how a note calls it @throws {Unusable} */
  read(schema: unknown, direction: Direction, what: string): Shape {
    return this.#shape({ node: { ...asObject(schema) }, trail: [] }, direction, 0, what);
  }

  /** The properties of an object schema, or undefined when it is something else. @throws {Unusable} */
  readObject(schema: unknown, direction: Direction, what: string): readonly Property[] | undefined {
    const shape = this.read(schema, direction, what);
    return shape.kind === 'structure' ? shape.properties : undefined;
  }

  #shape(place: Place, direction: Direction, level: number, what: string): Shape {
    if (level > deepest[direction]) throw new Unusable('is nested too deeply');
    const { node, trail } = this.#whole(this.references.follow(place.node, place.trail));
    const types = typesOf(node);
    const nullable = types.includes('null') || member(node, 'nullable') === true;
    const shape = this.#alternatives({ node, trail }, direction, level, what) ?? this.#plain({ node, trail }, types.filter((type) => type !== 'null'), direction, level, what);
    return nullable && shape.nullable !== true ? { ...shape, nullable } : shape;
  }

  /** An object with the parts of its `allOf` in it. */
  #whole({ node, trail }: Place): Place {
    const parts = listAt(node, 'allOf');
    if (parts.length === 0) return { node, trail };
    const { allOf: _, ...own } = node;
    const places = parts.map((part) => this.#whole(this.references.follow(part, trail)));
    const nodes = [own, ...places.map((place) => place.node)];
    const properties = nodes.flatMap((one) => Object.entries(objectAt(one, 'properties') ?? {}));
    const required = nodes.flatMap((one) => listAt(one, 'required'));
    const merged = Object.fromEntries(nodes.toReversed().flatMap((one) => Object.entries(one)));
    const objects = properties.length === 0 ? {} : { type: 'object', properties: Object.fromEntries(properties.toReversed()) };
    return { node: { ...merged, ...objects, required }, trail: [...new Set([...trail, ...places.flatMap((place) => place.trail)])] };
  }

  #alternatives({ node, trail }: Place, direction: Direction, level: number, what: string): Shape | undefined {
    const given = [...listAt(node, 'oneOf'), ...listAt(node, 'anyOf')];
    if (given.length === 0 || objectAt(node, 'properties') !== undefined) return undefined;
    const shapes = given.filter((one) => !isNull(one)).slice(0, most.options).flatMap((one) => this.#possible(() => this.#shape({ node: asObject(one) ?? {}, trail }, direction, level, what)));
    const options = direction === 'output' ? joined(shapes) : distinct(shapes);
    const [first] = options;
    if (first === undefined) throw new Unusable('has no alternative that can be said in a tool');
    const nullable = given.some(isNull) || shapes.some((shape) => shape.nullable === true);
    return options.length === 1 ? { ...first, nullable } : { kind: 'either', options: options.map((option) => ({ ...option, nullable: false })), nullable };
  }

  #plain(place: Place, types: readonly string[], direction: Direction, level: number, what: string): Shape {
    const { node, trail } = place;
    const choices = member(node, 'const') === undefined ? listAt(node, 'enum') : [member(node, 'const')];
    if (choices.length > 0) return choiceOf(choices, direction);
    if (types.length > 1) return this.#alternatives({ node: { oneOf: types.map((type) => ({ ...node, type })) }, trail }, direction, level, what) ?? failed();
    switch (types[0] ?? (objectAt(node, 'properties') === undefined ? (member(node, 'items') === undefined ? undefined : 'array') : 'object')) {
      case 'string':
        return this.#text(node, direction, what);
      case 'integer':
      case 'number':
        return numberOf(node, types[0] === 'integer', direction);
      case 'boolean':
        return { kind: 'flag' };
      case 'array':
        return { kind: 'list', items: this.#shape({ node: objectAt(node, 'items') ?? {}, trail }, direction, level + 1, what), ...(direction === 'output' ? {} : sizes(node, 'minItems', 'maxItems', most.items, 1_000)) };
      case 'object':
        return { kind: 'structure', properties: this.#properties(place, direction, level, what) };
      default:
        throw new Unusable('has no type that a tool can say');
    }
  }

  #text(node: object, direction: Direction, what: string): Shape {
    const named = textAt(node, 'format');
    if (named === 'binary') throw new Unusable('is a file');
    if (direction === 'output') return { kind: 'text' };
    const format: Format | undefined = formats.find((one) => one === named);
    // What goes into a body is written, what goes into a URL names something.
    const usual = /^body(?:\.|$)/.test(what) ? most.written : most.characters;
    const size = sizes(node, 'minLength', 'maxLength', format === 'byte' ? most.allowed : usual, most.allowed);
    const source = textAt(node, 'pattern');
    const pattern = source === undefined || format !== undefined ? undefined : harmlessPattern(source, size.min);
    const fits = pattern !== undefined && pattern.example.length <= size.max;
    if (source !== undefined && format === undefined && !fits) this.notes.push(`the pattern of ${what} is left to the API: it could take for ever, or it is none`);
    return { kind: 'text', format, ...(format === undefined ? size : { max: size.max }), ...(fits ? { pattern } : {}) };
  }

  #properties({ node, trail }: Place, direction: Direction, level: number, what: string): readonly Property[] {
    const required = new Set(listAt(node, 'required'));
    const hidden = direction === 'input' ? 'readOnly' : 'writeOnly';
    const given = Object.entries(objectAt(node, 'properties') ?? {}).filter(([, schema]) => member(schema, hidden) !== true);
    if (given.length === 0) throw new Unusable('takes or gives any keys, which a closed schema can\'t say');
    const weight = ([name]: readonly [string, unknown]) => (required.has(name) ? 0 : 1) + (direction === 'output' && address.test(name) ? 2 : 0);
    const first = given.toSorted((a, b) => weight(a) - weight(b));
    const room = widest[direction][level] ?? 0;
    const found = first.slice(0, room).flatMap(([name, schema]) => this.#property(name, asObject(schema) ?? {}, required.has(name), trail, direction, level, what));
    const cut = first.slice(room);
    if (direction === 'input' && cut.some(([name]) => required.has(name))) throw new Unusable(`needs more than ${room} arguments`);
    if (direction === 'output') this.#leftOut += cut.length;
    else if (cut.length > 0) this.notes.push(`${what}: ${cut.length} of ${given.length} fields are left out`);
    if (found.length === 0) throw new Unusable('has no field that can be said in a tool');
    return found;
  }

  #property(name: string, node: Readonly<Record<string, unknown>>, required: boolean, trail: readonly string[], direction: Direction, level: number, what: string): Property[] {
    const where = `${what}.${name.slice(0, 64)}`;
    try {
      if (!keyShape.test(name) || name in {}) throw new Unusable('has a name that not every model provider takes');
      const shape = this.#shape({ node, trail }, direction, level + 1, where);
      return [{ name, shape, about: this.aboutOf(name, node, shape, where), required }];
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      if (required && direction === 'input') throw error.message.startsWith('needs ') ? error : new Unusable(`needs ${where}, which ${error.message}`);
      if (direction === 'output') this.#leftOut++;
      else this.notes.push(`${where} is left out: it ${error.message}`);
      return [];
    }
  }

  /** What a model is told about a value: what the document says, with the bounds that hold. */
  aboutOf(name: string, node: unknown, shape: Shape, what: string): string {
    const { text, fault } = cleaned(textAt(node, 'description') ?? textAt(node, 'title'), 200);
    if (fault !== undefined) this.notes.push(`the description of ${what} ${fault}, and is left out`);
    const said = withoutNames(text, noNames).replace(/[.\s]+$/, '') || itemTitle(name.replaceAll(/[^A-Za-z0-9]+/g, '_'));
    const bounds = boundsOf(shape, node);
    return bounds === '' ? said : `${said} (${bounds})`;
  }

  #possible(read: () => Shape): Shape[] {
    try {
      return [read()];
    } catch (error) {
      if (error instanceof Unusable) return [];
      throw error;
    }
  }
}

function failed(): never {
  throw new Unusable('has no type that a tool can say');
}

function typesOf(node: object): string[] {
  const type = member(node, 'type');
  return [...new Set((Array.isArray(type) ? type : [type]).filter((one): one is string => typeof one === 'string'))];
}

function choiceOf(given: readonly unknown[], direction: Direction): Shape {
  const nullable = given.includes(null);
  const values = [...new Set(given.filter((one): one is string | number | boolean => ['string', 'number', 'boolean'].includes(typeof one)))];
  if (values.length === 0 || values.some((value) => typeof value === 'number' && !Number.isFinite(value))) throw new Unusable('is a choice of nothing');
  const [first] = values;
  // An API adds values: whoever reads its answers should not mind.
  if (direction === 'output') return { kind: typeof first === 'string' ? 'text' : typeof first === 'boolean' ? 'flag' : 'number', integer: false, nullable } as Shape;
  if (values.length > most.choices) throw new Unusable(`is a choice of ${values.length}, more than ${most.choices}`);
  if (values.some((value) => typeof value === 'string' && (value.length > 200 || cleaned(value, 200).fault !== undefined))) throw new Unusable('has a choice that nobody can read');
  return { kind: 'choice', values, nullable };
}

function numberOf(node: object, integer: boolean, direction: Direction): Shape {
  if (direction === 'output') return { kind: 'number', integer: false };
  const limit = integer ? Number.MAX_SAFE_INTEGER : most.number;
  const [low, high] = [boundAt(node, 'minimum', 'exclusiveMinimum'), boundAt(node, 'maximum', 'exclusiveMaximum')];
  const whole = (value: number | undefined, round: (value: number) => number) => (value === undefined || !integer ? value : round(value));
  const [min, max] = [whole(low, Math.ceil), whole(high, Math.floor)].map((value) => (value === undefined || Math.abs(value) > limit ? undefined : value));
  if (min !== undefined && max !== undefined && min > max) return numberOf({}, integer, direction);
  return integer ? { kind: 'number', integer, min, max } : { kind: 'number', integer, min: min ?? -limit, max: max ?? limit };
}

/** OpenAPI 3.1 has the exclusive bound as a number; in 3.0 it is a flag, and the API itself refuses the bound. */
function boundAt(node: object, inclusive: string, exclusive: string): number | undefined {
  return [member(node, inclusive), member(node, exclusive)].find((value): value is number => typeof value === 'number' && Number.isFinite(value));
}

function sizes(node: object, least: string, greatest: string, otherwise: number, allowed: number): { readonly min?: number; readonly max: number } {
  const [low, high] = [least, greatest].map((key) => member(node, key)).map((value) => (typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined));
  const max = Math.min(high === undefined || high === 0 ? Math.max(otherwise, low ?? 0) : high, allowed);
  return low === undefined || low === 0 || low > max || low > 1_000 ? { max } : { min: low, max };
}

/** The bounds that the document names: those that are only ours are in the schema. */
function boundsOf(shape: Shape, node: unknown): string {
  const { min, max } = shape as { min?: number; max?: number };
  if (shape.kind === 'text' && shape.format === undefined) return max === undefined || member(node, 'maxLength') !== max ? '' : `at most ${max} characters`;
  if (shape.kind === 'list') return max === undefined || member(node, 'maxItems') !== max ? '' : `at most ${max}`;
  if (shape.kind === 'number' && min !== undefined && max !== undefined && Math.max(Math.abs(min), max) < most.number && min >= 0) return `${min} to ${max}`;
  return '';
}

/** One of each, as they are written. */
function distinct(shapes: readonly Shape[]): Shape[] {
  return [...new Map(shapes.map((shape) => [JSON.stringify({ ...shape, nullable: false }), shape])).values()];
}

/** Of several objects that can come back, one with all their fields: which it was, the fields show. */
function joined(shapes: readonly Shape[]): Shape[] {
  const objects = shapes.filter((shape) => shape.kind === 'structure');
  if (objects.length < 2) return distinct(shapes);
  const properties = new Map(objects.flatMap((shape) => shape.properties).map((property) => [property.name, { ...property, required: false }]));
  return [...distinct(shapes.filter((shape) => shape.kind !== 'structure')), { kind: 'structure', properties: [...properties.values()] }];
}

function isNull(schema: unknown): boolean {
  return textAt(schema, 'type') === 'null';
}
