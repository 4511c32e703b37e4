import type * as z from 'zod';
import type { ReadContext, ServicesShape } from './context.js';
import { parseArguments } from './schema.js';

type Maybe<T> = T | Promise<T>;

/** One entry of `resources/list`. */
export interface ListedResource {
  readonly uri: string;
  readonly title: string;
}

/** Suggests values for a variable from what has been typed so far. */
export type Completer<S extends ServicesShape> = (typed: string, context: ReadContext<S>) => Maybe<readonly string[]>;

export interface ResourceParts<P extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string> {
  /** MCP resource name, equal to the file name. */
  readonly name: string;
  readonly title: string;
  /** A URI, or a template (RFC 6570 level 1) such as `notes://note/{id}`. */
  readonly uri: string;
  /** "Read this when ...". */
  readonly when: string;
  readonly returns: string;
  readonly scopes?: readonly Scope[];
  /** The template's variables, bounded. `z.strictObject({})` for a fixed URI. */
  readonly params: P;
  /** Only what this schema names leaves the server. A string is sent as it is, anything else as JSON. */
  readonly output: O;
  readonly mimeType?: string;
  /** Milliseconds; 25 s unless given. */
  readonly timeoutMs?: number;
  list?(context: ReadContext<S>): Maybe<readonly ListedResource[]>;
  readonly complete?: { readonly [K in keyof z.output<P>]?: Completer<S> };
  read(params: z.output<P>, context: ReadContext<S>): Maybe<z.input<O>>;
}

/** A resource as the platform sees it. */
export interface Resource<S extends ServicesShape> {
  readonly name: string;
  readonly title: string;
  readonly uri: string;
  readonly description: string;
  readonly mimeType: string;
  readonly scopes: readonly string[];
  readonly timeoutMs: number | undefined;
  readonly list: ((context: ReadContext<S>) => Maybe<readonly ListedResource[]>) | undefined;
  readonly complete: ReadonlyMap<string, Completer<S>>;
  /** Resolves to the text of the resource. */
  read(variables: unknown, context: ReadContext<S>): Promise<string>;
}

/** Compiles a definition. */
export function compileResource<P extends z.ZodObject, O extends z.ZodType, S extends ServicesShape, Scope extends string>(
  definition: ResourceParts<P, O, S, Scope>,
): Resource<S> {
  const { name, title, uri, when, returns, scopes = [], mimeType = 'application/json', timeoutMs } = definition;
  return {
    name,
    title,
    uri,
    description: `${when}\nReturns: ${returns}`,
    mimeType,
    scopes,
    timeoutMs,
    list: definition.list && ((context) => definition.list?.(context) ?? []),
    complete: new Map(Object.entries<Completer<S> | undefined>(definition.complete ?? {}).flatMap(([key, fn]) => (fn ? [[key, fn]] : []))),
    async read(variables, context) {
      const params = parseArguments(definition.params, variables);
      const value: unknown = await definition.output.parseAsync(await definition.read(params, context));
      return typeof value === 'string' ? value : JSON.stringify(value);
    },
  };
}
