import { helpers } from '../../render/helpers.ts';
import type { Choice, Numeric, Property, Shape, Text } from './shape.ts';

const { ts } = helpers;

/** How objects are closed: arguments refuse what they don't know, answers drop it. */
export type Closing = 'strictObject' | 'object';

/** A shape as zod. @param indent columns of the line it starts in */
export function zodOf(shape: Shape, closing: Closing, indent: number): string {
  const source = sourceOf(shape, closing, indent);
  return shape.nullable === true ? `${source}.nullable()` : source;
}

/** A property as its line, or lines, of an object. */
export function propertyOf({ name, shape, about, required }: Property, closing: Closing, indent: number): string {
  return `${keyOf(name)}: ${zodOf(shape, closing, indent)}${required ? '' : '.optional()'}.describe(${ts(about)})`;
}

export function structureOf(properties: readonly Property[], closing: Closing, indent: number): string {
  const space = ' '.repeat(indent + 2);
  const lines = properties.map((property) => `${space}${propertyOf(property, closing, indent + 2)},\n`);
  return lines.length === 0 ? `z.${closing}({})` : `z.${closing}({\n${lines.join('')}${' '.repeat(indent)}})`;
}

function sourceOf(shape: Shape, closing: Closing, indent: number): string {
  switch (shape.kind) {
    case 'text':
      return textOf(shape);
    case 'number':
      return numberOf(shape);
    case 'flag':
      return 'z.boolean()';
    case 'choice':
      return choiceOf(shape);
    case 'list':
      return `z.array(${zodOf(shape.items, closing, indent)})${bounds(shape.min, shape.max)}`;
    case 'structure':
      return structureOf(shape.properties, closing, indent);
    case 'either':
      return `z.union([${shape.options.map((option) => zodOf(option, closing, indent)).join(', ')}])`;
  }
}

const formatted = { date: 'z.iso.date()', 'date-time': 'z.iso.datetime({ offset: true })', email: 'z.email()', uuid: 'z.uuid()', uri: 'z.httpUrl()', byte: 'z.base64()' } as const;

function textOf({ format, min, max, pattern }: Text): string {
  const fixed = format === 'date' || format === 'date-time' || format === 'uuid';
  const source = format === undefined ? 'z.string()' : formatted[format];
  return `${source}${fixed ? '' : bounds(min, max)}${pattern === undefined ? '' : `.regex(new RegExp(${ts(pattern.source)}))`}`;
}

function numberOf({ integer, min, max }: Numeric): string {
  return `${integer ? 'z.int()' : 'z.number()'}${bounds(min, max)}`;
}

function choiceOf({ values }: Choice): string {
  if (values.every((value) => typeof value === 'string')) return `z.enum(${ts(values)})`;
  return `z.literal(${ts(values)})`;
}

function bounds(min: number | undefined, max: number | undefined): string {
  return `${min === undefined ? '' : `.min(${numeral(min)})`}${max === undefined ? '' : `.max(${numeral(max)})`}`;
}

/** 4000 as people write it in code. */
function numeral(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, '_') : String(value);
}

function keyOf(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : ts(name);
}
