import { refuse } from './answer.js';
import type { HttpConfig } from './config.js';
import type { Phase } from './router.js';

const ALLOWED_HEADERS =
  'authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, last-event-id';

/** Checks that need only headers. Answers the request, or lets it pass. */
export type Edge = (request: Request, options?: { readonly anyOrigin: boolean }) => Response | undefined;

/** Draining, Host, Origin and CORS, in this order. Public documents may be fetched from any origin. */
export function createEdge({ hosts, origins, corsOrigins }: HttpConfig, phase: () => Phase): Edge {
  return (request, { anyOrigin } = { anyOrigin: false }) => {
    if (phase() === 'draining') return draining();
    const { headers } = request;
    // DNS rebinding: a page that made its own name resolve to this machine still sends its own Host.
    if (!hosts.has(headers.get('host') ?? new URL(request.url).host)) return foreignHost();
    const origin = headers.get('origin');
    if (origin !== null && !anyOrigin && !origins.has(origin)) return foreignOrigin();
    if (request.method === 'OPTIONS' && origin !== null && corsOrigins.has(origin)) return preflight(origin, headers);
    return undefined;
  };
}

/** Adds the header a browser needs to see the answer; only for configured origins. */
export function allowOrigin(response: Response, request: Request, { corsOrigins }: HttpConfig): Response {
  const origin = corsOrigins.size === 0 ? null : request.headers.get('origin');
  if (origin === null || !corsOrigins.has(origin)) return response;
  response.headers.set('access-control-allow-origin', origin);
  response.headers.set('access-control-expose-headers', 'www-authenticate, mcp-session-id, retry-after');
  response.headers.append('vary', 'origin');
  return response;
}

function preflight(origin: string, headers: Headers): Response {
  const parameters = (headers.get('access-control-request-headers') ?? '').split(',').map((name) => name.trim().toLowerCase());
  // Mcp-Param-* names depend on the tool, so they are echoed when they are well-formed.
  const extra = parameters.filter((name) => /^mcp-param-[a-z0-9-]{1,64}$/.test(name));
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST, GET, DELETE',
      'access-control-allow-headers': [ALLOWED_HEADERS, ...extra].join(', '),
      'access-control-max-age': '600',
      vary: 'origin',
    },
  });
}

const draining = (): Response =>
  refuse(503, 'The server is shutting down.', 'Send the request again; another instance will answer.', {
    'retry-after': '1',
    connection: 'close',
  });

const foreignHost = (): Response =>
  refuse(
    403,
    'The Host header is not one of this server.',
    'Operator: set MCP_PUBLIC_URL to the URL clients use, or add the host with its port: ALLOWED_HOSTS=mcp.example.com:8080',
  );

const foreignOrigin = (): Response =>
  refuse(
    403,
    'The Origin header is not allowed to call this server.',
    'Operator: add the exact origin: ALLOWED_ORIGINS=https://app.example.com',
  );
