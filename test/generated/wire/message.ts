import type { Sent } from './http.ts';

export const MODERN = '2026-07-28';
export const LEGACY = '2025-11-25';

/** What every request of the 2026 era carries in its `_meta`. */
export const envelope = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': {},
} as const;

const base = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' } as const;

export interface MessageOptions {
  readonly id?: unknown;
  /** Merged into `_meta`; replaces the envelope when `bare`. */
  readonly meta?: Record<string, unknown>;
  readonly bare?: boolean;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** A correct request of the 2026 era: body, and the headers that mirror it. */
export function modern(method: string, params: Record<string, unknown> = {}, { id = 1, meta = {}, bare = false, headers = {} }: MessageOptions = {}): Sent & { body: string } {
  const name = params['name'] ?? params['uri'];
  return {
    headers: { ...base, 'mcp-protocol-version': MODERN, 'mcp-method': method, ...(typeof name === 'string' && { 'mcp-name': encodeHeader(name) }), ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: bare ? meta : { ...envelope, ...meta } } }),
  };
}

/** A correct request of the 2025 era. */
export function legacy(method: string, params: Record<string, unknown> = {}, { id = 1, meta, headers = {} }: MessageOptions = {}): Sent & { body: string } {
  return {
    headers: { ...base, 'mcp-protocol-version': LEGACY, ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, ...(meta && { _meta: meta }) } }),
  };
}

/** A notification. */
export function notification(method: string, era: 'modern' | 'legacy' = 'modern', params: Record<string, unknown> = {}): Sent & { body: string } {
  const { headers = {} } = era === 'modern' ? modern(method) : legacy(method);
  return { headers, body: JSON.stringify({ jsonrpc: '2.0', method, params: era === 'modern' ? { ...params, _meta: envelope } : params }) };
}

/** The same request in both eras, for tables. */
export const eras = { modern, legacy } as const;
export type Era = keyof typeof eras;

/** A `tools/call`. */
export function call(era: Era, name: string, args: Record<string, unknown> = {}, options: MessageOptions = {}): Sent & { body: string } {
  return eras[era]('tools/call', { name, arguments: args }, options);
}

/** `=?base64?...?=` for what a header cannot carry (2026-07-28, streamable-http, Value Encoding). */
export function encodeHeader(value: string): string {
  return /^[\x21-\x7e]+$/.test(value) && !value.startsWith('=?') ? value : `=?base64?${Buffer.from(value).toString('base64')}?=`;
}
