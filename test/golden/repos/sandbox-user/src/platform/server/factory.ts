import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  isInputRequiredResult,
  type McpRequestContext,
  McpServer,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Allowance } from '../call/allowance.js';
import type { CallDependencies, Caller } from '../call/context.js';
import { callTool } from '../call/pipeline.js';
import type { ServicesShape } from '../define/context.js';
import { TARGET } from '../define/schema.js';
import type { Tool } from '../define/tool.js';
import type { DeriveKey } from '../observe/secret.js';
import type { Telemetry } from '../observe/telemetry.js';
import type { Principal } from '../principal.js';
import { aboutOf } from './about.js';
import type { Changes } from './changes.js';
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

/**
 * Closes without a stack: at every close the SDK makes an error for those who still wait, and hardly ever does anybody.
 * Finding out where it was made is a twentieth of what a call costs.
 */
class OneCallServer extends Server {
  protected override _onclose(): void {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      super._onclose();
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }
}

export interface FactoryOptions<S extends ServicesShape> {
  readonly identity: ServerIdentity;
  readonly catalog: Catalog<S>;
  readonly register: RegisterHook;
  readonly calls: CallDependencies<S>;
  /** Those of `MCP_SECRET`, the current one first. */
  readonly keys: readonly [DeriveKey, ...DeriveKey[]];
  /** Who sent this request. */
  readonly principalOf: (request: Request | undefined) => Principal;
  /** What the rate limits say about this request. */
  readonly allowanceOf: (request: Request | undefined) => Allowance | undefined;
  readonly changes: Changes;
  readonly telemetry: Telemetry | undefined;
}

/** Makes the SDK's server. @param tool - The one that this server will be asked to call, where that is known. */
export type ServerFactory = (context: McpRequestContext, tool?: string) => McpServer | Server;

/**
 * Makes servers, one for each connection (stdio) or request (HTTP). A fresh
 * instance per request is what keeps clients apart, so it has to be cheap: for
 * a `tools/call` it is a bare server that knows the one tool, unless the SDK
 * has to compare Mcp-Param headers for it.
 */
export function createServerFactory<S extends ServicesShape>(options: FactoryOptions<S>): ServerFactory {
  const { identity, catalog, register, calls, keys, principalOf, allowanceOf, changes, telemetry } = options;
  const { name, title, version, description, instructions } = identity;
  const self = { name, title, version, description };
  const requestState = createRequestState(keys, principalOf);
  const forEverything = { ...FOR_EVERYTHING, instructions, requestState };
  const forOneCall = { ...FOR_ONE_CALL, requestState };
  const about = aboutOf(catalog);
  const tools = new Map(catalog.tools.map((tool) => [tool.name, tool]));

  return ({ era, requestInfo }, toolName) => {
    const called = tools.get((era === 'modern' ? nameIn(requestInfo) : toolName) ?? '');
    const named = era === 'modern' && called?.mirrorsHeaders() ? undefined : called;
    const principal = principalOf(requestInfo);
    const callerOn = (server: Server): Caller => ({
      principal,
      era,
      requestState,
      allowance: allowanceOf(requestInfo),
      // Over HTTP the SDK puts there what a request of 2026-07-28 says; over stdio it does not.
      canElicit: ({ mcpReq }) => canElicit(capabilitiesIn(mcpReq.envelope) ?? server.getClientCapabilities()),
      peer: () => ({
        clientName: server.getClientVersion()?.name,
        protocolVersion: server.getNegotiatedProtocolVersion() ?? requestInfo?.headers.get('mcp-protocol-version') ?? undefined,
      }),
    });
    if (named) {
      const server = new OneCallServer(self, forOneCall);
      telemetry?.watch(server, { request: requestInfo, aboutOf: about });
      const caller = callerOn(server);
      server.setRequestHandler('tools/call', async ({ params }, request) => {
        const result = await callTool(named, params.arguments, caller, request, calls);
        return isInputRequiredResult(result) ? result : server.projectCallToolResult(result, named.outputSchema['~standard'].jsonSchema.output(TARGET));
      });
      return server;
    }
    const server = new McpServer(self, forEverything);
    telemetry?.watch(server.server, { request: requestInfo, aboutOf: about });
    const caller = callerOn(server.server);
    for (const tool of catalog.tools) registerTool(server, tool, caller, calls);
    for (const item of [...catalog.resources, ...catalog.prompts]) item.register(server, caller, calls);
    register(server, { era, principal, log: calls.log, requestState, publish: changes(principal.tenant).publish });
    return server;
  };
}

/** The SDK has checked both headers against the body before it asks for a server. */
function nameIn(request: Request | undefined): string | null {
  return request?.headers.get('mcp-method') === 'tools/call' ? request.headers.get('mcp-name') : null;
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

function capabilitiesIn(envelope: object | undefined): ClientCapabilities | undefined {
  if (!envelope || !(CLIENT_CAPABILITIES_META_KEY in envelope)) return undefined;
  return envelope[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities;
}

/** Whether the client can show a form; one that names no mode can (2025-06-18). */
function canElicit({ elicitation }: ClientCapabilities = {}): boolean {
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
