import type { ErrorClass } from '../call/error.js';

/** Nothing here is a page: browsers must neither guess a type, nor frame, nor run it. */
const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

const CLASS_OF: Readonly<Record<number, ErrorClass>> = {
  403: 'authorization',
  404: 'not_found',
  429: 'rate_limit',
  500: 'internal',
  503: 'transient',
};

/**
 * Refuses a request with a JSON-RPC error: -32600 for the client's fault,
 * -32603 for what may pass. The id is null: the message was not looked at.
 *
 * @param message - What was refused and why. Never repeats what the client sent.
 * @param hint - The line to set, or what to do instead.
 * @param correlationId - Of what the log has about it.
 */
export function refuse(
  status: number,
  message: string,
  hint: string,
  headers?: Readonly<Record<string, string>>,
  { correlationId, code = status < 500 && status !== 429 ? -32_600 : -32_603 }: { readonly correlationId?: string | undefined; readonly code?: number } = {},
): Response {
  const data = { error_class: CLASS_OF[status] ?? 'validation', hint, ...(correlationId !== undefined && { correlation_id: correlationId }) };
  const error = { code, message, data };
  return answerJson({ jsonrpc: '2.0', id: null, error }, status, headers);
}

/** Any other JSON answer. */
export function answerJson(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...SAFE_HEADERS, ...headers },
  });
}
