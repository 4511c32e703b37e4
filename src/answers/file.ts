import { readFileSync, statSync } from 'node:fs';
import { usageError } from '../error.ts';
import { listed, parsePartial, printable } from './resolve.ts';
import type { PartialAnswers, Source } from './resolve.ts';
import { answersSchema } from './schema.ts';

/** A manifest lists a hash per file, so it is larger than the answers alone. */
const maxBytes = 64 * 1024;
const manifestKeys = new Set(['$schema', 'version', 'answers', 'files']);

/**
 * Reads `--answers FILE`: a `.mcp-gen.json`, or JSON in the shape of its `answers`.
 * @throws {UserError} `invalid_answers` (exit 2) for a file that can't be read, is over 64 KiB, is not JSON or holds anything unknown.
 */
export function readAnswers(file: string): PartialAnswers {
  const json = parse(read(file), file);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw fault(file, 'must hold one JSON object');
  const source: Source = {
    title: `The answers file ${JSON.stringify(file)}`,
    nameOf: (key) => key,
    hint: `Known answers: ${Object.keys(answersSchema.shape).join(', ')}.`,
  };
  if (!Object.hasOwn(json, 'answers')) return parsePartial(withoutSchema(json), source);
  const unknown = Object.keys(json).filter((key) => !manifestKeys.has(key));
  if (unknown.length > 0) throw fault(file, `holds unknown keys: ${listed(unknown.map(printable))}`);
  return parsePartial((json as { answers: unknown }).answers, source);
}

function read(file: string): string {
  try {
    // Before it is opened: opening a pipe would wait for a writer.
    const found = statSync(file);
    if (!found.isFile()) throw fault(file, 'is not a regular file');
    if (found.size > maxBytes) throw fault(file, `is larger than ${maxBytes / 1024} KiB`);
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string' && /^E[A-Z]+$/.test(error.code)) {
      throw fault(file, `can't be read (${error.code})`);
    }
    throw error;
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fault(file, 'is not JSON');
  }
}

function withoutSchema(json: object): object {
  return Object.fromEntries(Object.entries(json).filter(([key]) => key !== '$schema'));
}

function fault(file: string, message: string) {
  return usageError('invalid_answers', `The answers file ${JSON.stringify(file)} ${message}.`, 'Pass a .mcp-gen.json, or JSON in the shape of its "answers".');
}
