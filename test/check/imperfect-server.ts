import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What can be wrong with a server. Without any of them {@link startImperfect} is right in everything that `check --url` asks. */
export type Fault =
  | 'any host' | 'any origin' | 'any method' | 'old transport' | 'no cap' | 'no depth' | 'traces' | 'html errors' | 'named software'
  | 'no header rules' | 'any version' | 'batches' | 'no discover' | 'restless list' | 'unknown method answered' | 'any argument'
  | 'any 2025 version' | 'counted sessions' | 'chosen sessions' | 'no metadata in challenge' | 'wrong resource' | 'no pkce' | 'unsigned tokens' | 'token in query' | 'any audience';

interface Options {
  readonly faults?: readonly Fault[];
  /** Tokens that are let in, by what they are for. */
  readonly tokens?: readonly string[];
  readonly sessions?: boolean;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly arguments?: Readonly<Record<string, unknown>>; readonly protocolVersion?: string; readonly _meta?: Readonly<Record<string, unknown>> };
}

const tool = {
  name: 'search_things',
  description: 'Call this to search.',
  inputSchema: { type: 'object', properties: { query: { type: 'string' } }, additionalProperties: false },
  annotations: { readOnlyHint: true },
};

const result = (id: unknown, value: object, headers: Readonly<Record<string, string>> = {}): Reply => ({ status: 200, headers, body: { jsonrpc: '2.0', id, result: value } });

const envelopeOf = ({ params }: Message) => params?.['_meta'] ?? {};

/** A small MCP server of both eras, with the given things wrong. @returns its endpoint, what it was asked, and how to stop it */
export async function startImperfect({ faults = [], tokens, sessions = true }: Options): Promise<{ url: URL; asked: string[]; stop: () => Promise<void> }> {
  const has = (fault: Fault) => faults.includes(fault);
  const open = new Set<string>();
  const asked: string[] = [];
  let served = 0;

  const error = (status: number, code: number, message: string, id: unknown = null, data?: unknown): Reply => ({
    status,
    body: has('html errors') && status >= 400 ? `<html><body>${message}</body></html>` : { jsonrpc: '2.0', id, error: { code, message: has('traces') ? `${message}\n    at handle (/srv/app/server.js:10:5)` : message, data } },
  });

  function call({ id, params }: Message): Reply {
    if (params?.name !== tool.name) return error(200, -32_602, 'Unknown tool', id);
    const stray = Object.keys(params.arguments ?? {}).find((key) => key !== 'query');
    if (stray !== undefined && !has('any argument')) return result(id, { isError: true, resultType: 'complete', content: [{ type: 'text', text: `unknown argument ${stray}` }] });
    return result(id, { content: [{ type: 'text', text: 'nothing found' }], resultType: 'complete' });
  }

  function shared(message: Message): Reply | undefined {
    if (message.method === 'tools/list') return result(message.id, { tools: has('restless list') ? [{ ...tool, description: `Call ${served++}` }] : [tool], resultType: 'complete', ttlMs: 0, cacheScope: 'private' });
    return message.method === 'tools/call' ? call(message) : undefined;
  }

  const unknownMethod = (status: number, id: unknown): Reply => (has('unknown method answered') ? result(id, {}) : error(status, -32_601, 'Method not found', id));

  function modern(message: Message, headers: IncomingMessage['headers']): Reply {
    const { id, method = '', params } = message;
    const version = envelopeOf(message)['io.modelcontextprotocol/protocolVersion'];
    if (!has('any version')) {
      if (version === undefined) return error(400, -32_602, 'No envelope', id);
      if (version === headers['mcp-protocol-version'] && version !== '2026-07-28') return error(400, -32_022, 'Unsupported version', id, { supported: ['2026-07-28'], requested: version });
    }
    const mirrored = headers['mcp-protocol-version'] === version && headers['mcp-method'] === method && (method !== 'tools/call' || headers['mcp-name'] === params?.name);
    if (!mirrored && !has('no header rules')) return error(400, -32_020, 'Headers and body differ', id);
    if (method === 'server/discover' && !has('no discover')) return result(id, { supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, ttlMs: 0, cacheScope: 'private', resultType: 'complete', _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'imperfect', version: '1.0.0' } } });
    return shared(message) ?? unknownMethod(404, id);
  }

  function legacy(message: Message, headers: IncomingMessage['headers']): Reply {
    const { id, method, params } = message;
    if (method === 'initialize') {
      const session = has('counted sessions') ? String(1_000 + open.size) : randomUUID();
      open.add(session);
      const version = has('any 2025 version') ? params?.protocolVersion : '2025-11-25';
      return result(id, { protocolVersion: version, capabilities: { tools: {} }, serverInfo: { name: 'imperfect', version: '1.0.0' } }, sessions ? { 'mcp-session-id': session } : {});
    }
    if (headers['mcp-protocol-version'] !== '2025-11-25' && !has('any 2025 version')) return error(400, -32_000, 'Unknown version', id);
    const session = headers['mcp-session-id'];
    if (sessions && session === undefined) return error(400, -32_600, 'No session', id);
    if (sessions && !open.has(String(session)) && !has('chosen sessions')) return error(404, -32_001, 'No such session', id);
    if (id === undefined) return { status: 202 };
    return shared(message) ?? unknownMethod(200, id);
  }

  function posted(text: string, headers: IncomingMessage['headers']): Reply {
    if (!(headers['content-type'] ?? '').startsWith('application/json')) return error(415, -32_600, 'Only JSON');
    const deepest = /\[{64}/.test(text);
    if (deepest && !has('no depth')) return error(400, -32_600, 'Too deep');
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch {
      return error(400, -32_700, 'Not JSON');
    }
    if (Array.isArray(message)) return has('batches') ? { status: 200, body: message.map(({ id }: Message) => ({ jsonrpc: '2.0', id, result: { tools: [tool] } })) } : error(400, -32_600, 'No batches');
    if (typeof message !== 'object' || message === null) return error(400, -32_600, 'Not a message');
    if ((message as Message).id === null && !has('batches')) return error(400, -32_600, 'id is null');
    const isModern = headers['mcp-method'] !== undefined || envelopeOf(message as Message)['io.modelcontextprotocol/protocolVersion'] !== undefined;
    return (isModern ? modern : legacy)(message as Message, headers);
  }

  function admitted(request: IncomingMessage, url: URL): boolean {
    const bearer = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1];
    const token = bearer ?? (has('token in query') ? (url.searchParams.get('access_token') ?? undefined) : undefined);
    if (token === undefined || tokens === undefined) return tokens === undefined;
    if (has('token in query') && bearer === undefined) return true;
    const [, body = '', signature] = token.split('.');
    if (has('unsigned tokens') && signature === '') return true;
    const claims = tokens.includes(token) ? (JSON.parse(Buffer.from(body, 'base64url').toString()) as { aud?: string }) : undefined;
    return claims !== undefined && (has('any audience') || claims.aud === endpoint());
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    asked.push(`${request.method} ${url.pathname}`);
    const answer = (reply: Reply) => send(response, reply, has('named software'));
    const { host, origin } = request.headers;
    if (host !== new URL(endpoint()).host && !has('any host')) return answer(error(403, -32_600, 'Host'));
    if (origin !== undefined && !has('any origin')) return answer(error(403, -32_600, 'Origin'));
    if (url.pathname === '/.well-known/oauth-protected-resource/mcp' && tokens !== undefined) return answer({ status: 200, body: { resource: has('wrong resource') ? 'https://other.example/mcp' : endpoint(), authorization_servers: [issuer()] } });
    if (url.pathname === '/.well-known/oauth-authorization-server/issuer') return answer({ status: 200, body: { issuer: issuer(), ...(has('no pkce') ? {} : { code_challenge_methods_supported: ['S256'] }), client_id_metadata_document_supported: true } });
    if (url.pathname === '/sse' && has('old transport')) {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: endpoint\ndata: /messages\n\n');
      return undefined;
    }
    if (url.pathname !== '/mcp') return answer(error(404, -32_600, 'Not found'));
    if (Number(request.headers['content-length'] ?? 0) > 1_048_576 && !has('no cap')) return answer(error(413, -32_600, 'Too long'));
    if (!admitted(request, url)) return answer({ status: 401, headers: { 'www-authenticate': has('no metadata in challenge') ? 'Bearer' : `Bearer resource_metadata="${new URL('/.well-known/oauth-protected-resource/mcp', endpoint()).href}"` }, body: { error: 'invalid_token' } });
    if (request.method === 'DELETE' && sessions) return answer(open.delete(String(request.headers['mcp-session-id'])) ? { status: 200 } : error(404, -32_001, 'No such session'));
    if (request.method !== 'POST' && !has('any method')) return answer({ ...error(405, -32_600, 'Only POST'), headers: { allow: 'POST' } });
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => answer(posted(text || '{}', request.headers)));
    return undefined;
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const endpoint = () => `http://localhost:${(server.address() as AddressInfo).port}/mcp`;
  const issuer = () => new URL('/issuer', endpoint()).href;
  return {
    url: new URL(endpoint()),
    asked,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function send(response: ServerResponse, { status, body, headers = {} }: Reply, isNamed: boolean): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { ...(body === undefined ? {} : { 'content-type': isText ? 'text/html' : 'application/json' }), ...(isNamed ? { 'x-powered-by': 'Express' } : {}), ...headers });
  response.end(body === undefined ? undefined : isText ? body : JSON.stringify(body));
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An unsigned-looking but complete JWT for an audience: the imperfect server knows its tokens by heart. */
export function tokenFor(audience: string): string {
  return `${encoded({ alg: 'ES256', typ: 'at+jwt' })}.${encoded({ iss: 'x', sub: 'ann', aud: audience, exp: 4_102_444_800 })}.${encoded('signature')}`;
}
