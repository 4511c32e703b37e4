import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  isLegacyRequest,
  PerRequestHTTPServerTransport,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import type { Admission } from '../http/admission.js';
import { refuse } from '../http/answer.js';
import type { TakesLong } from '../http/slow.js';
import type { ServerFactory } from '../server/factory.js';

/** Whether a POST comes from a client of a 2025 revision. */
export async function isLegacy(request: Request, message: unknown): Promise<boolean> {
  return !isPlainlyModern(request) && (await isLegacyRequest(request, message));
}

/** What every POST of this era has to keep to; the answer when it does not. */
export function checkHeaders(request: Request): Response | undefined {
  const accept = request.headers.get('accept') ?? '';
  if (!accept.includes('application/json') || !accept.includes('text/event-stream')) return notAcceptable();
  return checkVersion(request);
}

/** What every request of this era has to keep to. */
export function checkVersion({ headers }: Request): Response | undefined {
  const version = headers.get('mcp-protocol-version');
  return version === null || SUPPORTED_PROTOCOL_VERSIONS.includes(version) ? undefined : unknownVersion();
}

/**
 * Serves the 2025 era without sessions: one server per request, the answer as
 * JSON unless a notification goes first or it may take long, then as SSE.
 */
export function createPerRequestLeg(factory: ServerFactory, onerror: (error: Error) => void, takesLong: TakesLong) {
  return async (request: Request, { authInfo }: Admission, message: unknown): Promise<Response> => {
    const refusal = checkHeaders(request);
    if (refusal) return refusal;
    // Nothing here ever asks the client, so an answer from it has no question.
    if (isJSONRPCResponse(message)) return new Response(null, { status: 202 });
    if (!isJSONRPCRequest(message) && !isJSONRPCNotification(message)) return notOneMessage();

    const server = factory({ era: 'legacy', requestInfo: request, ...(authInfo && { authInfo }) }, calledTool(message));
    const transport = new PerRequestHTTPServerTransport({ classification: { era: 'legacy' }, responseMode: takesLong(message) ? 'sse' : 'auto' });
    transport.onerror = onerror;
    await server.connect(transport);
    const response = await transport.handleMessage(message, { request, ...(authInfo && { authInfo }) });
    if (isJSONRPCNotification(message)) await server.close();
    // This era carries JSON-RPC errors in a 200; the status belongs to the transport.
    return response.status >= 400 ? new Response(response.body, { headers: response.headers }) : response;
  };
}

/** The tool that a message calls, where it calls one. */
export function calledTool({ method, params }: { readonly method: string; readonly params?: object | undefined }): string | undefined {
  return method === 'tools/call' && params && 'name' in params && typeof params.name === 'string' ? params.name : undefined;
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

/** Not one message that can be served. */
export const notOneMessage = (): Response =>
  refuse(
    400,
    'The body is not one JSON-RPC 2.0 request or notification.',
    'Send one message per POST, with jsonrpc "2.0" and a string or integer id; no batches.',
  );
