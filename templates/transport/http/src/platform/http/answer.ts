import type { ErrorClass } from '../call/error.js';

/** JSON-RPC 2.0 error codes an HTTP refusal may carry. */
export const RPC = { parse: -32_700, request: -32_600, internal: -32_603 } as const;

/** Nothing here is a page: browsers must neither guess a type, nor frame, nor run it. */
const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
} as const;

export interface Refusal {
  readonly status: number;
  readonly code: number;
  /** What was refused and why. Never repeats what the client sent. */
  readonly message: string;
  readonly errorClass: ErrorClass;
  /** The line to set, or what to do instead. */
  readonly hint: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a refusal as a JSON-RPC error. The id is null: the message was not looked at. */
export function refuse({ status, code, message, errorClass, hint, headers }: Refusal): Response {
  const error = { code, message, data: { error_class: errorClass, hint } };
  return answerJson({ jsonrpc: '2.0', id: null, error }, status, headers);
}

/** Any other JSON answer. */
export function answerJson(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', ...SAFE_HEADERS, ...headers },
  });
}

/** Adds the safe headers to an answer of the SDK. */
export function harden(response: Response): Response {
  for (const [name, value] of Object.entries(SAFE_HEADERS)) response.headers.set(name, value);
  return response;
}
