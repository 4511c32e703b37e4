import { McpServer, type McpServerFactory, Server, type ServerContext, type ServerEventBus } from '@modelcontextprotocol/server';
import type { CallDependencies, Caller } from '../call/context.js';
import { callTool } from '../call/pipeline.js';
import type { ServicesShape } from '../define/context.js';
import type { Tool } from '../define/tool.js';
import type { DeriveKey } from '../observe/secret.js';
import type { Principal } from '../principal.js';
import type { Catalog, RegisterHook, ServerIdentity } from './definition.js';
import { createRequestState } from './request_state.js';

/** Milliseconds a client may keep what it has listed. */
const CACHE_HINT = { ttlMs: 300_000, cacheScope: 'private' } as const;

/** A server that only ever answers one call need not be able to list. */
const FOR_ONE_CALL = { capabilities: { tools: { listChanged: false } } } as const;

const FOR_EVERYTHING = {
  capabilities: {
    tools: { listChanged: false },
    resources: { listChanged: false },
    prompts: { listChanged: false },
  },
  cacheHints: {
    'server/discover': CACHE_HINT,
    'tools/list': CACHE_HINT,
    'prompts/list': CACHE_HINT,
    'resources/list': CACHE_HINT,
    'resources/templates/list': CACHE_HINT,
  },
} as const;

export interface FactoryOptions<S extends ServicesShape> {
  readonly identity: ServerIdentity;
  readonly catalog: Catalog<S>;
  readonly register: RegisterHook;
  readonly calls: CallDependencies<S>;
  /** Those of `MCP_SECRET`, the current one first. */
  readonly keys: readonly [DeriveKey, ...DeriveKey[]];
  /** Who sent this request. */
  readonly principalOf: (request: Request | undefined) => Principal;
  readonly bus: ServerEventBus;
}

/**
 * Makes the SDK server for one connection (stdio) or one request (HTTP). A
 * fresh instance per request is what keeps clients apart, so it has to be
 * cheap: a `tools/call` of the 2026 era gets a bare server that knows the one
 * tool it names, unless the SDK has to compare Mcp-Param headers for it.
 */
export function createServerFactory<S extends ServicesShape>(options: FactoryOptions<S>): McpServerFactory {
  const { identity, catalog, register, calls, keys, principalOf, bus } = options;
  const { name, title, version, description, instructions } = identity;
  const self = { name, title, version, description };
  const requestState = createRequestState(keys, principalOf);
  const forEverything = { ...FOR_EVERYTHING, instructions, requestState };
  const tools = new Map(catalog.tools.map((tool) => [tool.name, tool]));

  return ({ era, requestInfo }) => {
    const named = era === 'modern' ? namedTool(requestInfo, tools) : undefined;
    const principal = principalOf(requestInfo);
    const callerOn = (server: Server): Caller => ({
      principal,
      era,
      peer: () => ({
        clientName: server.getClientVersion()?.name,
        protocolVersion: server.getNegotiatedProtocolVersion() ?? requestInfo?.headers.get('mcp-protocol-version') ?? undefined,
      }),
    });
    if (named) {
      const server = new Server(self, FOR_ONE_CALL);
      const caller = callerOn(server);
      server.setRequestHandler('tools/call', ({ params }, request) => callTool(named, params.arguments, caller, request, calls));
      return server;
    }
    const server = new McpServer(self, forEverything);
    const caller = callerOn(server.server);
    for (const tool of catalog.tools) registerTool(server, tool, caller, calls);
    for (const item of [...catalog.resources, ...catalog.prompts]) item.register(server, caller, calls);
    register(server, { era, principal, log: calls.log, requestState, publish: (event) => bus.publish(event) });
    return server;
  };
}

/** The SDK has checked both headers against the body before it asks for a server. */
function namedTool<T extends { mirrorsHeaders(): boolean }>(request: Request | undefined, tools: ReadonlyMap<string, T>): T | undefined {
  if (request?.headers.get('mcp-method') !== 'tools/call') return undefined;
  const tool = tools.get(request.headers.get('mcp-name') ?? '');
  return tool?.mirrorsHeaders() ? undefined : tool;
}

function registerTool<S extends ServicesShape>(
  server: McpServer,
  tool: Tool<S>,
  caller: Caller,
  calls: CallDependencies<S>,
): void {
  const { name, title, description, annotations, inputSchema, outputSchema } = tool;
  server.registerTool(
    name,
    { title, description, annotations, inputSchema, outputSchema },
    (args: unknown, request: ServerContext) => callTool(tool, args, caller, request, calls),
  );
}
