import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type * as z from 'zod';
import { ToolError } from '../call/error.js';

/** A JSON Schema document (2020-12). */
export type JsonSchema = Record<string, unknown>;

/** The dialect that clients get. */
export const TARGET = { target: 'draft-2020-12' } as const;

/**
 * What the SDK advertises for a schema. Converted once per process instead of
 * once per request; validation is a pass-through here because the call
 * pipeline validates, with errors of its own.
 */
export function advertise(schema: z.ZodType): StandardSchemaWithJSON {
  const input = once(() => schema['~standard'].jsonSchema.input(TARGET));
  const output = once(() => schema['~standard'].jsonSchema.output(TARGET));
  return {
    '~standard': {
      version: 1,
      vendor: 'mcp-gen',
      validate: (value) => ({ value }),
      jsonSchema: { input, output },
    },
  };
}

/** Whether clients repeat arguments in `Mcp-Param-*` headers (SEP-2243); a field says so by `x-mcp-header`. */
export function mirrorsHeaders(schema: StandardSchemaWithJSON): () => boolean {
  return once(() => JSON.stringify(schema['~standard'].jsonSchema.input(TARGET)).includes('"x-mcp-header"'));
}

function once<T>(compute: () => T): () => T {
  let computed: T | undefined;
  return () => (computed ??= compute());
}

/**
 * Validates arguments.
 *
 * @throws {ToolError} class `validation`, with one entry per field. Values are never repeated.
 */
export function parseArguments<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const fieldErrors = parsed.error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.map(String).join('.').slice(0, 200),
    message: issue.message.slice(0, 300),
  }));
  const fields = [...new Set(fieldErrors.map(({ path }) => path || '(root)'))].join(', ');
  throw ToolError.validation(`Invalid arguments: ${fields}.`, {
    hint: 'Correct the listed fields and call again.',
    fieldErrors,
  });
}
