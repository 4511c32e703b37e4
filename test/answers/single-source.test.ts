import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { answerFlags } from '../../src/build/answer-flags.ts';
import { answerMeta, answersSchema } from '../../src/answers/schema.ts';
import { essential } from '../../src/answers/resolve.ts';
import { run } from '../cli/spawn.ts';
import { scratch } from '../cli/invoke.ts';

interface Field {
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly items?: { readonly enum?: readonly string[] };
}
interface JsonSchema {
  readonly properties: { readonly answers: { readonly properties: Record<string, Field>; readonly required: readonly string[]; readonly additionalProperties: boolean } };
}

const built = JSON.parse(readFileSync(new URL('../../dist/mcp-gen.schema.json', import.meta.url), 'utf8')) as JsonSchema;
const { properties, required, additionalProperties } = built.properties.answers;
const keys = Object.keys(answersSchema.shape) as (keyof typeof answersSchema.shape)[];

describe.each(keys)('the answer %s', (key) => {
  const field = answersSchema.shape[key];
  const meta = answerMeta.get(field);

  test('has a flag with a text, and so has every prompt', () => {
    expect(meta?.flag).toMatch(/^--[a-z]+(?:-[a-z]+)*(?: <[^<>]+>)?$/);
    expect(meta?.description).toMatch(/\S/);
    expect(meta?.prompt ?? '?').toMatch(/\?$/);
  });

  test('is in the JSON Schema of the build, with the same text and choices', () => {
    const row = answerFlags().find((one) => one.key === key);
    const described = properties[key];
    expect(described?.description).toBe(meta?.description);
    expect(described?.enum ?? described?.items?.enum).toEqual(row?.choices);
    expect(required.includes(key)).toBe(!z.safeParse(field, undefined).success);
  });
});

test('the JSON Schema knows no other answer and admits none', () => {
  expect(Object.keys(properties)).toEqual(keys);
  expect(additionalProperties).toBe(false);
});

test('no two answers share a flag', () => {
  const flags = answerFlags().map(({ flag }) => flag.split(' ')[0]);
  expect(new Set(flags).size).toBe(keys.length);
});

test('every answer that is missed without a terminal has a question', () => {
  for (const key of essential) expect(answerMeta.get(answersSchema.shape[key])?.prompt).toBeDefined();
});

test.each([['create', ['--help']], ['gen', ['create', '--help']]] as const)('the built %s %j lists every answer with its text and its choices', async (executable, argv) => {
  const { code, stdout } = await run(executable, argv, { cwd: scratch() });
  expect(code).toBe(0);
  const help = stdout.replace(/\s+/g, ' ');
  for (const { flag, description, choices } of answerFlags()) expect(help).toContain(`${flag} ${description}${choices === undefined ? '' : `: ${choices.join(', ')}`}`);
});
