import {
  type AuthInfo,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  isLegacyRequest,
  type McpServerFactory,
  PerRequestHTTPServerTransport,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import { refuse } from '../http/answer.js';

/** Answers clients of the 2025 revisions; resolves to undefined when the request is of the 2026 era. */
export type LegacyLeg = (request: Request, message: unknown, authInfo: AuthInfo | undefined) => Promise<Response | undefined>;

/**
 * Serves the 2025 era without sessions: one server per request, the answer as
 * JSON unless a notification goes first, then as SSE.
 */
export function createLegacyLeg(
  factory: McpServerFactory,
  mode: 'stateless' | 'reject',
  onerror: (error: Error) => void,
): LegacyLeg {
  return async (request, message, authInfo) => {
    if (mode === 'reject' || isPlainlyModern(request) || !(await isLegacyRequest(request, message))) return undefined;
    const accept = request.headers.get('accept') ?? '';
    if (!accept.includes('application/json') || !accept.includes('text/event-stream')) return notAcceptable();
    const version = request.headers.get('mcp-protocol-version');
    if (version !== null && !SUPPORTED_PROTOCOL_VERSIONS.includes(version)) return unknownVersion();
    // Nothing here ever asks the client, so an answer from it has no question.
    if (isJSONRPCResponse(message)) return new Response(null, { status: 202 });
    if (!isJSONRPCRequest(message) && !isJSONRPCNotification(message)) return notOneMessage();

    const server = await factory({ era: 'legacy', requestInfo: request, ...(authInfo && { authInfo }) });
    const transport = new PerRequestHTTPServerTransport({ classification: { era: 'legacy' } });
    transport.onerror = onerror;
    await server.connect(transport);
    const response = await transport.handleMessage(message, { request, ...(authInfo && { authInfo }) });
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
  refuse(406, 'The client must accept both answer types.', 'Send Accept: application/json, text/event-stream');

const unknownVersion = (): Response =>
  refuse(
    400,
    'The MCP-Protocol-Version header names an unknown revision.',
    `Use one of: ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')}`,
  );

const notOneMessage = (): Response =>
  refuse(
    400,
    'The body is not one JSON-RPC 2.0 request or notification.',
    'Send one message per POST, with jsonrpc "2.0" and a string or integer id; no batches.',
  );
