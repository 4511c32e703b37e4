import type { CallToolResult, StandardSchemaWithJSON, ToolAnnotations } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { DEFAULT_TIMEOUT_MS } from '../call/deadline.js';
import { type Outcome, ShapedOutput, toCallToolResult } from '../call/result.js';
import type { ReadContext, ServicesShape, WriteContext } from './context.js';
import { annotate, describeTool } from './describe.js';
import { advertise, parseArguments } from './schema.js';

/** `read` changes nothing; `destructive` loses something that cannot be brought back. */
export type Effect = 'read' | 'write' | 'destructive';

type Maybe<T> = T | Promise<T>;

interface CommonParts<I extends z.ZodObject, O extends z.ZodType, Scope extends string> {
  /** MCP tool name, verb_noun, equal to the file name. */
  readonly name: string;
  readonly title: string;
  /** "Call this when ...", written for a model. */
  readonly when: string;
  /** What comes back. */
  readonly returns: string;
  /** Error conditions worth knowing before the call. */
  readonly failsWhen?: string;
  /** Scopes this tool is about. */
  readonly scopes?: readonly Scope[];
  /** `z.strictObject` at every depth; every field described and bounded. */
  readonly input: I;
  /** Only what this schema names leaves the server. */
  readonly output: O;
  /** Milliseconds; 25 s unless given. */
  readonly timeoutMs?: number;
}

export interface ReadTool<I extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>
  extends CommonParts<I, O, Scope> {
  readonly effect: 'read';
  /** Validation that needs data; throws a ToolError. */
  check?(args: z.output<I>, context: ReadContext<S>): Maybe<void>;
  run(args: z.output<I>, context: ReadContext<S>): Maybe<Outcome<z.input<O>>>;
}

export interface WriteTool<I extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>
  extends CommonParts<I, O, Scope> {
  readonly effect: 'write' | 'destructive';
  /** How much one call can change at most, in one sentence. */
  readonly blastRadius: string;
  /** `key` (default): callers send an idempotency_key. `natural`: calling twice equals calling once, as with PUT. */
  readonly idempotency?: 'key' | 'natural';
  /** Validation that needs data, before any effect; throws a ToolError. */
  check?(args: z.output<I>, context: ReadContext<S>): Maybe<void>;
  run(args: z.output<I>, context: WriteContext<S>): Maybe<Outcome<z.input<O>>>;
}

/** One validated call of a tool. */
export interface Invocation<S extends ServicesShape> {
  /** The arguments as they came, without the platform's own. */
  readonly arguments: unknown;
  /** The caller's idempotency key, where the tool takes one. */
  readonly idempotencyKey: string | undefined;
  check(context: ReadContext<S>): Promise<void>;
  /** Runs the tool and parses its output. */
  run(context: WriteContext<S>): Promise<CallToolResult>;
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

  return {
    name,
    title,
    description: describeTool(definition),
    effect,
    scopes,
    annotations: annotate(title, effect),
    inputSchema: advertise(keyed),
    outputSchema: advertise(output),
    timeoutMs,
    idempotency,
    prepare(raw) {
      const [idempotencyKey, own] = idempotency === 'key' ? takeKey(raw) : [undefined, raw];
      const args = parseArguments(input, own);
      return {
        arguments: own ?? {},
        idempotencyKey,
        async check(context) {
          await definition.check?.(args, context);
        },
        async run(context) {
          const outcome =
            definition.effect === 'read'
              ? await definition.run(args, withoutWrite(context))
              : await definition.run(args, context);
          const { output: value, shape } = outcome instanceof ShapedOutput ? outcome : { output: outcome, shape: {} };
          return toCallToolResult(await output.parseAsync(value), shape);
        },
      };
    },
  };
}

/** Splits the platform's own argument from the tool's. */
function takeKey(raw: unknown): [key: string, own: unknown] {
  const { idempotency_key: key, ...own } = typeof raw === 'object' && raw !== null ? { ...raw } as Record<string, unknown> : {};
  return [parseArguments(KeyOnly, { idempotency_key: key }).idempotency_key, own];
}

const KeyOnly = z.object({ idempotency_key: IdempotencyKey });

/** A read tool must not find `write` at run time either. */
function withoutWrite<S extends ServicesShape>(context: WriteContext<S>): ReadContext<S> {
  const { write: _write, idempotencyKey: _key, ...read } = context;
  return read;
}
