import type { Answer } from '../items/api/call.ts';
import type { Property } from '../items/api/shape.ts';
import { Unusable, objectAt, textAt } from './document.ts';
import type { Json } from './document.ts';
import { contentOf } from './arguments.ts';
import type { References } from './references.ts';
import type { Schemas } from './schema.ts';
import { cleaned } from './text.ts';

/** What an operation gives back, and in which words the document says it. */
export interface Reply {
  readonly answer: Answer;
  readonly output: readonly Property[];
  readonly said: string;
}

/** The first answer of success that has JSON in it, or one that has text, or none. @throws {Unusable} when it gives back files only. */
export function replyOf(node: Json, references: References, schemas: Schemas): Reply {
  const responses = Object.entries(objectAt(node, 'responses') ?? {}).filter(([status]) => /^(?:2\d\d|2XX|default)$/i.test(status));
  const read = responses.map(([, response]) => references.follow(response, []).node);
  const said = cleaned(textAt(read[0], 'description'), 200).text;
  const found = read.map(contentOf);
  const json = found.find((one) => one.json !== undefined)?.json;
  if (json !== undefined) return { ...jsonReply(json, schemas), said };
  if (found.some(({ text }) => text)) return { ...textReply('What the API answered'), said };
  if (read.every((response) => Object.keys(objectAt(response, 'content') ?? {}).length === 0)) {
    return { answer: 'nothing', output: [{ name: 'status', shape: { kind: 'number', integer: true }, about: 'HTTP status of the answer', required: true }], said };
  }
  throw new Unusable('gives back a file, not JSON or text');
}

function jsonReply(schema: Json, schemas: Schemas): Omit<Reply, 'said'> {
  const before = schemas.notes.length;
  try {
    const shape = schemas.read(schema, 'output', 'answer');
    if (shape.kind === 'structure') return { answer: 'object', output: shape.properties };
    if (shape.kind === 'list') return { answer: 'items', output: [{ name: 'items', shape, about: 'What was found', required: true }] };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    schemas.notes.splice(before);
    schemas.notes.push(`the answer comes as text: it ${error.message}`);
  }
  return textReply('What the API answered, as JSON text');
}

function textReply(about: string): Omit<Reply, 'said'> {
  return { answer: 'text', output: [{ name: 'text', shape: { kind: 'text' }, about, required: true }] };
}
