import { McpServer, type McpServerFactory, type ServerContext, type ServerEvent } from '@modelcontextprotocol/server';
import type { CallDependencies, Caller } from '../call/context.js';
import { callTool } from '../call/pipeline.js';
import type { ServicesShape } from '../define/context.js';
import type { Tool } from '../define/tool.js';
import type { Principal } from '../principal.js';
import type { Catalog, RegisterHook, ServerIdentity } from './definition.js';
import { registerPrompt } from './prompt.js';
import { registerResource } from './resource.js';

/** Milliseconds a client may keep what it has listed. */
const CACHE_HINT = { ttlMs: 300_000, cacheScope: 'private' } as const;

export interface FactoryOptions<S extends ServicesShape> {
  readonly identity: ServerIdentity;
  readonly catalog: Catalog<S>;
  readonly register: RegisterHook;
  readonly calls: CallDependencies<S>;
  /** Who sent this request. */
  readonly principalOf: (request: Request | undefined) => Principal;
  readonly publish: (event: ServerEvent) => void;
}

/**
 * Makes the SDK server for one connection (stdio) or one request (HTTP). A
 * fresh instance per request is what keeps clients apart, so it has to be
 * cheap: a `tools/call` of the 2026 era registers only the tool it names.
 */
export function createServerFactory<S extends ServicesShape>(options: FactoryOptions<S>): McpServerFactory {
  const { identity, catalog, register, calls, principalOf, publish } = options;
  const { name, title, version, description, instructions } = identity;
  const tools = new Map(catalog.tools.map((tool) => [tool.name, tool]));

  return ({ era, requestInfo }) => {
    const server = new McpServer(
      { name, title, version, description },
      {
        instructions,
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
      },
    );
    const caller: Caller = {
      principal: principalOf(requestInfo),
      era,
      peer: () => ({
        clientName: server.server.getClientVersion()?.name,
        protocolVersion: server.server.getNegotiatedProtocolVersion() ?? requestInfo?.headers.get('mcp-protocol-version') ?? undefined,
      }),
    };
    const named = era === 'modern' ? namedTool(requestInfo, tools) : undefined;
    if (named) {
      registerTool(server, named, caller, calls);
      return server;
    }
    for (const tool of catalog.tools) registerTool(server, tool, caller, calls);
    for (const resource of catalog.resources) registerResource(server, resource, caller, calls);
    for (const prompt of catalog.prompts) registerPrompt(server, prompt, caller, calls);
    register(server, { era, principal: caller.principal, log: calls.log, publish });
    return server;
  };
}

/** The SDK has checked both headers against the body before it asks for a server. */
function namedTool<S extends ServicesShape>(request: Request | undefined, tools: ReadonlyMap<string, Tool<S>>): Tool<S> | undefined {
  if (request?.headers.get('mcp-method') !== 'tools/call') return undefined;
  return tools.get(request.headers.get('mcp-name') ?? '');
}

function registerTool<S extends ServicesShape>(server: McpServer, tool: Tool<S>, caller: Caller, calls: CallDependencies<S>): void {
  const { name, title, description, annotations, inputSchema, outputSchema } = tool;
  server.registerTool(
    name,
    { title, description, annotations, inputSchema, outputSchema },
    (args: unknown, request: ServerContext) => callTool(tool, args, caller, request, calls),
  );
}
