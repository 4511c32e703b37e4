import type { Plugin } from 'rolldown';
import * as z from 'zod/mini';
import { answerMeta, answersSchema } from '../answers/schema.ts';

const id = 'virtual:answer-flags';

/** One row per answer: its key, flag, help text and allowed values. */
export function answerFlags() {
  return Object.entries(answersSchema.shape).map(([key, field]) => {
    const meta = answerMeta.get(field);
    if (meta === undefined) throw new Error(`the answer ${key} has no flag`);
    const choices = enumOf(field);
    return { key, flag: meta.flag, description: meta.description, ...(choices === undefined ? {} : { choices }) };
  });
}

function enumOf(field: z.core.$ZodType): string[] | undefined {
  const json = z.toJSONSchema(field) as { enum?: string[]; items?: { enum?: string[] } };
  return json.enum ?? json.items?.enum;
}

/** Serves `virtual:answer-flags`. */
export function answerFlagsPlugin(): Plugin {
  return {
    name: 'answer-flags',
    resolveId: (source) => (source === id ? `\0${id}` : undefined),
    load: (loaded) => (loaded === `\0${id}` ? `export const answerFlags = ${JSON.stringify(answerFlags())};` : undefined),
  };
}
