import type { Answer, Ask } from './wire.ts';

/** The revision without sessions, and the newest of those with them. */
export const modern = '2026-07-28';
export const legacy = '2025-11-25';

type Json = Readonly<Record<string, unknown>>;

const accept = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' } as const;

/** What every request of the 2026 revision says about itself (basic/index, `_meta`). */
const envelope = { 'io.modelcontextprotocol/protocolVersion': modern, 'io.modelcontextprotocol/clientCapabilities': {} };

/** A request of the 2026 revision, right unless changed. @param headers replace the right ones; an empty one is left out. */
export function modernAsk(method: string, params: Json = {}, headers: Readonly<Record<string, string>> = {}): Ask {
  const name = typeof params['name'] === 'string' ? params['name'] : params['uri'];
  const all = { ...accept, 'mcp-protocol-version': modern, 'mcp-method': method, ...(typeof name === 'string' ? { 'mcp-name': name } : {}), ...headers };
  return {
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { _meta: envelope, ...params } }),
  };
}

/** A request of a 2025 revision. */
export function legacyAsk(method: string, params: Json = {}, headers: Readonly<Record<string, string>> = {}): Ask {
  return { headers: { ...accept, ...(method === 'initialize' ? {} : { 'mcp-protocol-version': legacy }), ...headers }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }) };
}

/** How a client of 2025 opens the conversation. */
export function initializeAsk(protocolVersion: string = legacy): Ask {
  return legacyAsk('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'mcp-gen check', version: '1.0.0' } });
}

/** A body as it is, with the headers of a right request around it. */
export function rawAsk(body: string, headers: Readonly<Record<string, string>> = {}): Ask {
  const { headers: right = {} } = modernAsk('tools/list');
  return { headers: { ...right, ...headers }, body };
}

/** The result of an answer, or undefined. */
export function resultOf({ json }: Answer): Json | undefined {
  const { result } = objectOf(json);
  return typeof result === 'object' && result !== null ? (result as Json) : undefined;
}

/** The JSON-RPC error code of an answer, or undefined. */
export function errorCodeOf({ json }: Answer): number | undefined {
  const { code } = objectOf(objectOf(json)['error']);
  return typeof code === 'number' ? code : undefined;
}

export function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}
