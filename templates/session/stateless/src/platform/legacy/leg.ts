import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  isLegacyRequest,
  type McpServerFactory,
  PerRequestHTTPServerTransport,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import { refuse, RPC } from '../http/answer.js';

/** Answers clients of the 2025 revisions; resolves to undefined when the request is of the 2026 era. */
export type LegacyLeg = (request: Request, message: unknown) => Promise<Response | undefined>;

/**
 * Serves the 2025 era without sessions: one server per request, the answer as
 * JSON unless a notification goes first, then as SSE.
 */
export function createLegacyLeg(factory: McpServerFactory, mode: 'stateless' | 'reject', onerror: (error: Error) => void): LegacyLeg {
  return async (request, message) => {
    if (mode === 'reject' || isPlainlyModern(request) || !(await isLegacyRequest(request, message))) return undefined;
    const accept = request.headers.get('accept') ?? '';
    if (!accept.includes('application/json') || !accept.includes('text/event-stream')) return notAcceptable();
    const version = request.headers.get('mcp-protocol-version');
    if (version !== null && !SUPPORTED_PROTOCOL_VERSIONS.includes(version)) return unknownVersion();
    // Nothing here ever asks the client, so an answer from it has no question.
    if (isJSONRPCResponse(message)) return new Response(null, { status: 202 });
    if (!isJSONRPCRequest(message) && !isJSONRPCNotification(message)) return notOneMessage();

    const server = await factory({ era: 'legacy', requestInfo: request });
    const transport = new PerRequestHTTPServerTransport({ classification: { era: 'legacy' } });
    transport.onerror = onerror;
    await server.connect(transport);
    const response = await transport.handleMessage(message, { request });
    if (isJSONRPCNotification(message)) await server.close();
    // This era carries JSON-RPC errors in a 200; the status belongs to the transport.
    return response.status >= 400 ? new Response(response.body, { headers: response.headers }) : response;
  };
}

/** Both headers are mandatory in the 2026 era and unknown before; the SDK's closer look at the body can be spared. */
function isPlainlyModern({ headers }: Request): boolean {
  return headers.get('mcp-protocol-version') === '2026-07-28' && headers.has('mcp-method');
}

const notAcceptable = (): Response =>
  refuse({
    status: 406,
    code: RPC.request,
    message: 'The client must accept both answer types.',
    errorClass: 'validation',
    hint: 'Send Accept: application/json, text/event-stream',
  });

const unknownVersion = (): Response =>
  refuse({
    status: 400,
    code: RPC.request,
    message: 'The MCP-Protocol-Version header names a revision this server does not know.',
    errorClass: 'validation',
    hint: `Use one of: ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')}`,
  });

const notOneMessage = (): Response =>
  refuse({
    status: 400,
    code: RPC.request,
    message: 'The body is not one JSON-RPC 2.0 request or notification.',
    errorClass: 'validation',
    hint: 'Send one message per POST, with jsonrpc "2.0" and a string or integer id; no batches.',
  });
