import type { PromptMessage, StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type * as z from 'zod';
import type { ReadContext, ServicesShape } from './context.js';
import type { Completer } from './resource.js';
import { advertise, parseArguments } from './schema.js';

type Maybe<T> = T | Promise<T>;

export interface PromptParts<A extends z.ZodObject, S extends ServicesShape, Scope extends string> {
  /** MCP prompt name, equal to the file name. */
  readonly name: string;
  readonly title: string;
  /** "Use this to ...". */
  readonly when: string;
  readonly scopes?: readonly Scope[];
  /** Arguments are strings on the wire; `z.strictObject`, described and bounded. */
  readonly args: A;
  /** Milliseconds; 25 s unless given. */
  readonly timeoutMs?: number;
  readonly complete?: { readonly [K in keyof z.output<A>]?: Completer<S> };
  /** A string becomes one user message. */
  build(args: z.output<A>, context: ReadContext<S>): Maybe<string | readonly PromptMessage[]>;
}

/** A prompt as the platform sees it. */
export interface Prompt<S extends ServicesShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly scopes: readonly string[];
  readonly timeoutMs: number | undefined;
  readonly argsSchema: StandardSchemaWithJSON;
  readonly complete: ReadonlyMap<string, Completer<S>>;
  build(args: unknown, context: ReadContext<S>): Promise<PromptMessage[]>;
}

/** Compiles a definition. */
export function compilePrompt<A extends z.ZodObject, S extends ServicesShape, Scope extends string>(
  definition: PromptParts<A, S, Scope>,
): Prompt<S> {
  const { name, title, when, scopes = [], timeoutMs } = definition;
  return {
    name,
    title,
    description: when,
    scopes,
    timeoutMs,
    argsSchema: advertise(definition.args),
    complete: new Map(Object.entries<Completer<S> | undefined>(definition.complete ?? {}).flatMap(([key, fn]) => (fn ? [[key, fn]] : []))),
    async build(raw, context) {
      const built = await definition.build(parseArguments(definition.args, raw), context);
      return typeof built === 'string' ? [{ role: 'user', content: { type: 'text', text: built } }] : [...built];
    },
  };
}
