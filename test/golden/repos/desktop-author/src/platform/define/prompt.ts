import { completable, type PromptMessage, type ServerContext } from '@modelcontextprotocol/server';
import type * as z from 'zod';
import { DEFAULT_TIMEOUT_MS } from '../call/deadline.js';
import { type Guard, guarded } from '../call/guard.js';
import type { CommonParts, Maybe, ReadContext, ServicesShape } from './context.js';
import { type Completer, completionsOf, type Registrable } from './resource.js';
import { advertise, parseArguments } from './schema.js';

/** What `definePrompt` takes. */
export interface PromptParts<A extends z.ZodObject, S extends ServicesShape, Scope extends string> extends CommonParts<Scope> {
  /** Arguments are strings on the wire; `z.strictObject`, described and bounded. */
  readonly args: A;
  readonly complete?: { readonly [K in keyof z.output<A>]?: Completer<S> };
  /** A string becomes one user message. */
  build(args: z.output<A>, context: ReadContext<S>): Maybe<string | readonly PromptMessage[]>;
}

/** Compiles a definition. */
export function compilePrompt<A extends z.ZodObject, S extends ServicesShape, Scope extends string>(
  definition: PromptParts<A, S, Scope>,
): Registrable<S> {
  const { name, title, when: description, scopes = [], timeoutMs = DEFAULT_TIMEOUT_MS } = definition;
  const target = { method: 'prompts/get', name, scopes } as const;
  const advertised = advertise(definition.args);

  const messagesOf = async (args: unknown, context: ReadContext<S>): Promise<PromptMessage[]> => {
    const built = await definition.build(parseArguments(definition.args, args), context);
    return typeof built === 'string' ? [{ role: 'user', content: { type: 'text', text: built } }] : [...built];
  };

  return {
    name,
    scopes,
    timeoutMs,
    get surface() {
      return { title, description, inputSchema: advertised['~standard'].jsonSchema.input({ target: 'draft-2020-12' }) };
    },
    answers: () => false,
    register(server, caller, calls) {
      const guard: Guard<S> = { caller, calls, timeoutMs, target };
      // The SDK looks for completers on the fields of the schema's `shape`.
      const completions = Object.entries(completionsOf(definition.complete, guard));
      const shape = Object.fromEntries(completions.map(([field, complete]) => [field, completable({ ...advertised }, complete)]));
      const argsSchema = { ...advertised, shape };
      server.registerPrompt(name, { title, description, argsSchema }, async (args: unknown, request: ServerContext) => ({
        messages: await guarded(guard, request, (context) => messagesOf(args, context), args ?? {}),
      }));
    },
  };
}
