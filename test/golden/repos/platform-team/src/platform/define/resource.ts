import {
  type McpServer,
  ProtocolError,
  ResourceNotFoundError,
  ResourceTemplate,
  type ServerContext,
  UriTemplate,
} from '@modelcontextprotocol/server';
import type * as z from 'zod';
import type { CallContext, CallDependencies, Caller } from '../call/context.js';
import { DEFAULT_TIMEOUT_MS } from '../call/deadline.js';
import { ToolError } from '../call/error.js';
import { type Guard, guarded } from '../call/guard.js';
import { withoutHiddenText } from '../call/plain_text.js';
import { missingScopes } from '../principal.js';
import type { CommonParts, Maybe, ReadContext, ServicesShape } from './context.js';
import { parseArguments } from './schema.js';

/** One entry of `resources/list`. */
export interface ListedResource {
  readonly uri: string;
  readonly title: string;
}

/** Suggests values for a variable or argument from what has been typed so far. */
export type Completer<S extends ServicesShape> = (typed: string, context: ReadContext<S>) => Maybe<readonly string[]>;

/** What `defineResource` takes. */
export interface ResourceParts<P extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>
  extends CommonParts<Scope> {
  /** A URI, or a template (RFC 6570 level 1) such as `notes://note/{id}`. */
  readonly uri: string;
  readonly returns: string;
  /** The template's variables, bounded; `z.strictObject({})` for a fixed URI. */
  readonly params: P;
  /** Only what this schema names leaves the server. A string is sent as it is, anything else as JSON. */
  readonly output: O;
  readonly mimeType?: string;
  list?(context: ReadContext<S>): Maybe<readonly ListedResource[]>;
  readonly complete?: { readonly [K in keyof z.output<P>]?: Completer<S> };
  read(params: z.output<P>, context: ReadContext<S>): Maybe<z.input<O>>;
}

/** Something that can be put on the SDK's server, every callback guarded. */
export interface Registrable<S extends ServicesShape> {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly timeoutMs: number;
  /** How clients see it in a list; a prompt with the whole schema of its arguments. */
  readonly surface: Readonly<Record<string, unknown>>;
  /** Whether a URI (or, for completions, the template) leads here. */
  answers(uri: string): boolean;
  register(server: McpServer, caller: Caller, calls: CallDependencies<S>): void;
}

/** A longer URI is none of ours; the SDK's matching throws at a very long one. In characters. */
const MAX_URI_LENGTH = 8_192;

type Variables = Readonly<Record<string, string | string[]>>;

/** Compiles a definition. */
export function compileResource<P extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>(
  definition: ResourceParts<P, O, S, Scope>,
): Registrable<S> {
  const { name, title, uri, when, returns, scopes = [] } = definition;
  const { mimeType = 'application/json', timeoutMs = DEFAULT_TIMEOUT_MS } = definition;
  const metadata = { title, description: `${when}\nReturns: ${returns}`, mimeType };
  const target = { method: 'resources/read', name, scopes } as const;

  const textOf = async (variables: Variables, context: CallContext<S>): Promise<string> => {
    const params = parseArguments(definition.params, decode(variables));
    const value: unknown = await definition.output.parseAsync(await definition.read(params, context));
    if (typeof value === 'string') return value;
    return JSON.stringify(context.hasAskedUpstreams ? withoutHiddenText(value) : value);
  };

  return {
    name,
    scopes,
    timeoutMs,
    surface: { uri, ...metadata },
    answers: (given) => given === uri || (given.length <= MAX_URI_LENGTH && URL.canParse(given) && matches(uri, new URL(given).href)),
    register(server, caller, calls) {
      const guard: Guard<S> = { caller, calls, timeoutMs, target };
      const read = async (url: URL, variables: Variables, request: ServerContext) => {
        const work = (context: CallContext<S>): Promise<string> => textOf(variables, context);
        const text = await guarded(guard, request, work, variables).catch((error: unknown) => {
          throw isNotFound(error) ? new ResourceNotFoundError(url.href) : error;
        });
        return { contents: [{ uri: url.href, mimeType, text }] };
      };
      if (!uri.includes('{')) {
        server.registerResource(name, uri, metadata, (url, request) => read(url, {}, request));
        return;
      }
      const list = async (request: ServerContext) => {
        // One list for all resources: who may not read this one does not see what it has.
        if (missingScopes(caller.principal, scopes).length > 0) return { resources: [] };
        const resources = await guarded(guard, request, async (context) => {
          const entries = (await definition.list?.(context)) ?? [];
          return entries.map((entry) => ({ uri: entry.uri, name: entry.title, title: entry.title, mimeType }));
        });
        return { resources };
      };
      const complete = completionsOf(definition.complete, guard);
      server.registerResource(name, new ResourceTemplate(uri, { list: definition.list && list, complete }), metadata, read);
    },
  };
}

/** Wraps completers for the SDK. */
export function completionsOf<S extends ServicesShape>(
  completers: Readonly<Record<string, Completer<S> | undefined>> = {},
  guard: Guard<S>,
): Record<string, (typed: unknown) => Promise<string[]>> {
  const wrap = (completer: Completer<S> | undefined) => (typed: unknown) =>
    guarded(guard, undefined, async (context) => [...((await completer?.(String(typed), context)) ?? [])]);
  return Object.fromEntries(Object.entries(completers).map(([field, completer]) => [field, wrap(completer)]));
}

function matches(uri: string, given: string): boolean {
  return uri.includes('{') ? new UriTemplate(uri).match(given) !== null : new URL(uri).href === given;
}

/** Variables arrive percent-encoded (RFC 6570 section 1.2). @throws {ToolError} class `validation` */
function decode(variables: Variables): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, decodeURIComponent(String(value))]));
  } catch {
    throw ToolError.validation('The URI is not valid percent-encoding.');
  }
}

/** A missing resource has an error of its own on the wire: -32602 with the URI. */
function isNotFound(error: unknown): boolean {
  const data: unknown = error instanceof ProtocolError ? error.data : undefined;
  return typeof data === 'object' && data !== null && 'error_class' in data && data.error_class === 'not_found';
}
