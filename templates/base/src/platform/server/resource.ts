import { type McpServer, ProtocolError, ResourceNotFoundError, ResourceTemplate, type ServerContext } from '@modelcontextprotocol/server';
import type { CallDependencies, Caller } from '../call/context.js';
import { DEFAULT_TIMEOUT_MS } from '../call/deadline.js';
import { ToolError } from '../call/error.js';
import { type Guard, guardedList, guardedRead } from '../call/guard.js';
import type { ServicesShape } from '../define/context.js';
import type { Completer, Resource } from '../define/resource.js';

type Variables = Readonly<Record<string, string | string[]>>;

/** Registers a resource or a resource template with every callback guarded. */
export function registerResource<S extends ServicesShape>(
  server: McpServer,
  resource: Resource<S>,
  caller: Caller,
  calls: CallDependencies<S>,
): void {
  const { name, title, uri, description, mimeType, scopes, list, complete } = resource;
  const metadata = { title, description, mimeType };
  const target = { method: 'resources/read', name, scopes } as const;
  const guard: Guard<S> = { caller, calls, timeoutMs: resource.timeoutMs ?? DEFAULT_TIMEOUT_MS };

  const read = async (url: URL, variables: Variables, request: ServerContext) => {
    try {
      const text = await guardedRead(target, guard, request, variables, (context) => resource.read(decode(variables), context));
      return { contents: [{ uri: url.href, mimeType, text }] };
    } catch (error) {
      throw isNotFound(error) ? new ResourceNotFoundError(url.href) : error;
    }
  };

  if (!uri.includes('{')) {
    server.registerResource(name, uri, metadata, (url, request) => read(url, {}, request));
    return;
  }
  const listed = async (request: ServerContext) => {
    const entries = await guardedList(`list of ${name}`, guard, request, async (context) => (await list?.(context)) ?? []);
    return { resources: entries.map((entry) => ({ ...entry, name: entry.title, mimeType })) };
  };
  const completers = [...complete].map(([variable, completer]) => [variable, completionOf(name, completer, guard)] as const);
  const template = new ResourceTemplate(uri, { list: list && listed, complete: Object.fromEntries(completers) });
  server.registerResource(name, template, metadata, read);
}

/** Wraps a completer for the SDK. */
export function completionOf<S extends ServicesShape>(name: string, completer: Completer<S>, guard: Guard<S>) {
  return async (typed: unknown): Promise<string[]> =>
    guardedList(`completion of ${name}`, guard, undefined, async (context) => [...(await completer(String(typed), context))]);
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
