import type { Value } from '../field.ts';
import type { Property, Shape, Text } from './shape.ts';

const formatted = { date: '2026-01-31', 'date-time': '2026-01-31T12:00:00Z', email: 'ann@example.com', uuid: '3f2b8c1e-9d47-4a6b-8e15-0c7d2f9a6b34', uri: 'https://example.com/', byte: 'ZXhhbXBsZQ==' } as const;

/** A value that a shape takes: what generated tests send, and what their fake API answers. */
export function goodOf(shape: Shape): Value {
  switch (shape.kind) {
    case 'text':
      return textOf(shape);
    case 'number':
      return numberOf(shape.min, shape.max);
    case 'flag':
      return true;
    case 'choice':
      return shape.values[0] ?? '';
    case 'list':
      return Array.from({ length: Math.max(1, shape.min ?? 0) }, () => goodOf(shape.items));
    case 'structure':
      return goodObject(shape.properties);
    case 'either':
      return shape.options[0] === undefined ? '' : goodOf(shape.options[0]);
  }
}

/** What is required, and nothing else where there is any of it. */
export function goodObject(properties: readonly Property[]): { readonly [name: string]: Value } {
  const required = properties.filter((property) => property.required);
  const shown = required.length > 0 ? required : properties.slice(0, 1);
  return Object.fromEntries(shown.map(({ name, shape }) => [name, goodOf(shape)]));
}

/** A value of another type, which a shape refuses; undefined for one that takes several. */
export function badOf({ kind }: Shape): Value | undefined {
  if (kind === 'either') return undefined;
  return kind === 'text' || kind === 'choice' ? ['no', 'text'] : 'no such value';
}

function textOf({ format, min = 0, max = Infinity, pattern }: Text): string {
  if (pattern !== undefined) return pattern.example;
  if (format !== undefined) return formatted[format];
  return 'example'.padEnd(min, 'x').slice(0, Math.max(max, 1));
}

function numberOf(min = -Infinity, max = Infinity): number {
  if (min <= 1 && max >= 1) return 1;
  return Number.isFinite(min) ? Math.ceil(min) <= max ? Math.ceil(min) : min : Math.floor(max);
}
