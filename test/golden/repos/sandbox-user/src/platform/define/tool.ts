import type { CallToolResult, StandardSchemaWithJSON, ToolAnnotations } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { DEFAULT_TIMEOUT_MS } from '../call/deadline.js';
import { type Outcome, ShapedOutput, toCallToolResult } from '../call/result.js';
import type { CallContext } from '../call/context.js';
import type { CommonParts, Maybe, ReadContext, ServicesShape, WriteContext } from './context.js';
import { advertise, mirrorsHeaders, parseArguments } from './schema.js';

/** `read` changes nothing; `destructive` loses something that cannot be brought back. */
export type Effect = 'read' | 'write' | 'destructive';

interface ToolParts<I extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>
  extends CommonParts<Scope> {
  /** What comes back. */
  readonly returns: string;
  /** Error conditions worth knowing before the call. */
  readonly failsWhen?: string;
  /** `z.strictObject` at every depth; every field described and bounded. */
  readonly input: I;
  /** Only what this schema names leaves the server. */
  readonly output: O;
  /** Validation that needs data, before any effect; throws a ToolError. */
  check?(args: z.output<I>, context: ReadContext<S>): Maybe<void>;
}

/** A tool that changes nothing. */
export interface ReadTool<I extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>
  extends ToolParts<I, O, S, Scope> {
  readonly effect: 'read';
  run(args: z.output<I>, context: ReadContext<S>): Maybe<Outcome<z.input<O>>>;
}

/** A tool with an effect. */
export interface WriteTool<I extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>
  extends ToolParts<I, O, S, Scope> {
  readonly effect: 'write' | 'destructive';
  /** How much one call can change at most, in one sentence. */
  readonly blastRadius: string;
  /** `key` (default): callers send an idempotency_key. `natural`: calling twice equals calling once, as with PUT. */
  readonly idempotency?: 'key' | 'natural';
  run(args: z.output<I>, context: WriteContext<S>): Maybe<Outcome<z.input<O>>>;
}

/** One validated call of a tool. */
export interface Invocation<S extends ServicesShape> {
  /** The validated arguments, without the platform's own. */
  readonly arguments: unknown;
  /** The caller's idempotency key, where the tool takes one. */
  readonly idempotencyKey: string | undefined;
  check(context: ReadContext<S>): Promise<void>;
  /** Runs the tool and parses its output. Only a tool with an effect gets to write. */
  run(context: CallContext<S>, idempotencyKey: string): Promise<CallToolResult>;
}

/** A tool as the platform sees it. */
export interface Tool<S extends ServicesShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly effect: Effect;
  readonly scopes: readonly string[];
  readonly annotations: ToolAnnotations;
  readonly inputSchema: StandardSchemaWithJSON;
  /** Whether clients repeat arguments in headers. */
  mirrorsHeaders(): boolean;
  readonly outputSchema: StandardSchemaWithJSON;
  readonly timeoutMs: number;
  readonly idempotency: 'none' | 'key' | 'natural';
  /** @throws {ToolError} class `validation` */
  prepare(args: unknown): Invocation<S>;
}

const IdempotencyKey = z
  .string()
  .min(8)
  .max(128)
  .describe('Names this one operation, e.g. a UUID. Send the same key again to retry: the effect happens once.');

/** Compiles a definition; everything that can be computed once is computed here. */
export function compileTool<
  I extends z.ZodObject,
  O extends z.ZodType,
  S extends ServicesShape,
  Scope extends string,
>(definition: ReadTool<I, O, S, Scope> | WriteTool<I, O, S, Scope>): Tool<S> {
  const { name, title, effect, scopes = [], timeoutMs = DEFAULT_TIMEOUT_MS, input, output } = definition;
  const idempotency = definition.effect === 'read' ? 'none' : (definition.idempotency ?? 'key');
  const keyed = idempotency === 'key' ? input.safeExtend({ idempotency_key: IdempotencyKey }) : input;

  const inputSchema = advertise(keyed);

  return {
    name,
    title,
    description: describe(definition),
    effect,
    scopes,
    annotations: {
      title,
      readOnlyHint: effect === 'read',
      destructiveHint: effect === 'destructive',
      // Through the key, or by nature.
      idempotentHint: true,
      openWorldHint: false,
    },
    inputSchema,
    mirrorsHeaders: mirrorsHeaders(inputSchema),
    outputSchema: advertise(output),
    timeoutMs,
    idempotency,
    prepare(raw) {
      const { idempotency_key: key, ...others } = Object(raw) as Readonly<Record<string, unknown>>;
      // The platform's argument and the tool's own are reported in one go.
      if (idempotency === 'key') parseArguments(keyed, raw);
      const own = idempotency === 'key' ? others : (raw ?? {});
      const args = parseArguments(input, own);
      return {
        arguments: args,
        idempotencyKey: idempotency === 'key' ? String(key) : undefined,
        async check(context) {
          await definition.check?.(args, context);
        },
        async run(context, operationKey) {
          const outcome =
            definition.effect === 'read'
              ? await definition.run(args, context)
              : await definition.run(args, context.forWriting(operationKey));
          const { output: value, shape } = outcome instanceof ShapedOutput ? outcome : { output: outcome, shape: {} };
          return toCallToolResult(await output.parseAsync(value), shape);
        },
      };
    },
  };
}

interface DescribedParts extends Pick<CommonParts<string>, 'when'> {
  readonly returns: string;
  readonly failsWhen?: string;
  readonly effect: Effect;
  readonly blastRadius?: string;
}

/** Composes what a model reads before it chooses a tool: when to call, what comes back, what can go wrong, what changes. */
function describe({ when, returns, failsWhen, effect, blastRadius }: DescribedParts): string {
  const change = effect === 'destructive' ? 'Destroys data' : 'Changes data';
  return [when, `Returns: ${returns}`, failsWhen && `Fails when: ${failsWhen}`, blastRadius && `${change}: ${blastRadius}`]
    .filter(Boolean)
    .join('\n');
}
