import type { Plugin } from 'rolldown';
import * as z from 'zod/mini';
import { answerMeta, answersSchema } from '../answers/schema.ts';

/** JSON Schema (2020-12) of `.mcp-gen.json`, which names it as its `$schema`. */
export function manifestSchema() {
  const answers = z.toJSONSchema(answersSchema, {
    override: ({ zodSchema, jsonSchema }) => {
      const meta = answerMeta.get(zodSchema as never);
      if (meta !== undefined) jsonSchema.description = meta.description;
    },
  });
  const { $schema, ...shape } = answers;
  return {
    $schema,
    title: '.mcp-gen.json of create-mcp-server',
    type: 'object',
    properties: {
      $schema: { type: 'string' },
      version: { type: 'string', description: 'version of create-mcp-server that wrote the files' },
      answers: shape,
      files: { type: 'object', description: 'SHA-256 of each file as it was written', additionalProperties: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
    },
    required: ['version', 'answers', 'files'],
    additionalProperties: false,
  };
}

/** Emits `dist/mcp-gen.schema.json`. */
export function schemaPlugin(): Plugin {
  return {
    name: 'json-schema',
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'mcp-gen.schema.json', source: `${JSON.stringify(manifestSchema(), undefined, 2)}\n` });
    },
  };
}
