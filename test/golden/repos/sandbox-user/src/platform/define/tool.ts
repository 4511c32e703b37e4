import type { CallToolResult, StandardSchemaWithJSON, ToolAnnotations } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { DEFAULT_TIMEOUT_MS } from '../call/deadline.js';
import { orReport } from '../call/dry_run.js';
import { withoutHiddenText } from '../call/plain_text.js';
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
  /** True for a tool that works with what is not this server's own, such as an API or the web: clients are told by `openWorldHint`. */
  readonly openWorld?: boolean;
  /** Calls a tenant may make; its callers read it in the description. As configured (RATE_LIMIT_TOOL_PER_MINUTE) when absent. */
  readonly limits?: { readonly perMinute: number };
  /** Units of the tenant's day (BUDGET_TENANT_PER_DAY) that a call uses up, whatever comes of it; 1 unless given, 0 for nothing. */
  readonly cost?: number;
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
interface EffectiveTool<I extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>
  extends ToolParts<I, O, S, Scope> {
  /** How much one call can change at most, in one sentence. */
  readonly blastRadius: string;
  /** `key` (default): callers send an idempotency_key. `natural`: calling twice equals calling once, as with PUT. */
  readonly idempotency?: 'key' | 'natural';
  /**
   * Callers may send `dry_run: true` to hear what would be done first. `write` does nothing then, and `upstream` only
   * what is safe; nothing holds back what goes by another way.
   */
  readonly dryRun?: boolean;
  run(args: z.output<I>, context: WriteContext<S>): Maybe<Outcome<z.input<O>>>;
}

/** A tool that adds or changes something. */
export interface WriteTool<I extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>
  extends EffectiveTool<I, O, S, Scope> {
  readonly effect: 'write';
}

/** A tool that loses something; its user is asked first. */
export interface DestructiveTool<I extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>
  extends EffectiveTool<I, O, S, Scope> {
  readonly effect: 'destructive';
  /** What the user is asked before anything is lost, such as `Delete the note "Milk"?`. */
  confirm(args: z.output<I>, context: ReadContext<S>): Maybe<string>;
}

/** What `defineTool` takes. */
export type ToolDefinition<I extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string> =
  | ReadTool<I, O, S, Scope>
  | WriteTool<I, O, S, Scope>
  | DestructiveTool<I, O, S, Scope>;

/** One validated call of a tool. */
export interface Invocation<S extends ServicesShape> {
  /** The validated arguments, without the platform's own. */
  readonly arguments: unknown;
  /** The caller's idempotency key, where the tool takes one. */
  readonly idempotencyKey: string | undefined;
  /** Whether the caller only wants to know what would be done. */
  readonly isDryRun: boolean;
  /** What the caller got when its user could not be asked. */
  readonly confirmToken: string | undefined;
  check?(context: ReadContext<S>): Maybe<void>;
  /** The question that stands before a destructive effect. */
  confirm?(context: ReadContext<S>): Maybe<string>;
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
  /** Calls a minute for one tenant, where the tool itself says so. */
  readonly perMinute: number | undefined;
  /** Units of the tenant's day. */
  readonly cost: number;
  readonly idempotency: 'none' | 'key' | 'natural';
  /** @throws {ToolError} class `validation` */
  prepare(args: unknown): Invocation<S>;
}

const IdempotencyKey = z
  .string()
  .min(8)
  .max(128)
  .describe('Names this one operation, e.g. a UUID. Send the same key again to retry: the effect happens once.');

const ConfirmToken = z
  .string()
  .max(128)
  .optional()
  .describe('Only from the error of an earlier call, and only after the user has agreed.');

const Try = z.boolean().default(false).describe('true changes nothing, and tells what would be done first.');

/** Compiles a definition; everything that can be computed once is computed here. */
export function compileTool<
  I extends z.ZodObject,
  O extends z.ZodType,
  S extends ServicesShape,
  Scope extends string,
>(definition: ToolDefinition<I, O, S, Scope>): Tool<S> {
  const { name, title, effect, scopes = [], timeoutMs = DEFAULT_TIMEOUT_MS, input, output } = definition;
  const idempotency = definition.effect === 'read' ? 'none' : (definition.idempotency ?? 'key');
  const canTry = definition.effect !== 'read' && definition.dryRun === true;
  // The platform's own arguments: on the wire beside the tool's, never in its hands.
  const own = {
    ...(idempotency === 'key' && { idempotency_key: IdempotencyKey }),
    ...(effect === 'destructive' && { confirm_token: ConfirmToken }),
    ...(canTry && { dry_run: Try }),
  };
  const hasOwn = Object.keys(own).length > 0;
  const wire = hasOwn ? input.safeExtend(own) : input;
  const inputSchema = advertise(wire);

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
      openWorldHint: definition.openWorld ?? false,
    },
    inputSchema,
    mirrorsHeaders: mirrorsHeaders(inputSchema),
    outputSchema: advertise(canTry ? orReport(output) : output),
    timeoutMs,
    perMinute: definition.limits?.perMinute,
    cost: definition.cost ?? 1,
    idempotency,
    prepare(raw) {
      const given = Object(raw) as Readonly<Record<string, unknown>>;
      const { idempotency_key: key, confirm_token: token, dry_run: isDryRun } = given;
      // The platform's arguments and the tool's own are reported in one go.
      if (hasOwn) parseArguments(wire, raw);
      const args = parseArguments(input, hasOwn ? Object.fromEntries(Object.entries(given).filter(([field]) => !Object.hasOwn(own, field))) : raw);
      const { check } = definition;
      return {
        arguments: args,
        idempotencyKey: 'idempotency_key' in own ? String(key) : undefined,
        isDryRun: 'dry_run' in own && isDryRun === true,
        confirmToken: 'confirm_token' in own && token !== undefined ? String(token) : undefined,
        ...(check && { check: (context: ReadContext<S>) => check.call(definition, args, context) }),
        ...(definition.effect === 'destructive' && { confirm: (context: ReadContext<S>) => definition.confirm(args, context) }),
        async run(context, operationKey) {
          const outcome =
            definition.effect === 'read'
              ? await definition.run(args, context)
              : await definition.run(args, context.forWriting(operationKey));
          const { output: value, shape } = outcome instanceof ShapedOutput ? outcome : { output: outcome, shape: {} };
          const parsed = await output.parseAsync(value);
          if (!context.hasAskedUpstreams) return toCallToolResult(parsed, shape, context.hasMore);
          // Before it is a JSON text as well: there, escape sequences would be escaped themselves.
          return withoutHiddenText(toCallToolResult(withoutHiddenText(parsed), shape, context.hasMore));
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
  readonly limits?: { readonly perMinute: number };
  readonly cost?: number;
}

/** Composes what a model reads before it chooses a tool: when to call, what comes back, what can go wrong, what changes. */
function describe({ when, returns, failsWhen, effect, blastRadius, limits, cost = 1 }: DescribedParts): string {
  const change = effect === 'destructive' ? 'Destroys data' : 'Changes data';
  const most = limits && `At most ${limits.perMinute} calls a minute.`;
  return [when, `Returns: ${returns}`, failsWhen && `Fails when: ${failsWhen}`, blastRadius && `${change}: ${blastRadius}`, most, cost > 1 && `Costs ${cost} units of a daily budget, where there is one.`]
    .filter(Boolean)
    .join('\n');
}
