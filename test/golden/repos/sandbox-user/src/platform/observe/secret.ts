import { decodeBase64 } from '../config/settings.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** Derives a key of its own for every purpose (HKDF-SHA-256, RFC 5869). @param bits - Length of the key. */
export type DeriveKey = (purpose: string, bits?: number) => Promise<Bytes>;

/**
 * The keys of `MCP_SECRET`, the current one first.
 *
 * @param secrets - Base64. Without any, an ephemeral key is made: what it signs
 *   cannot be verified after a restart or by another instance.
 */
export function deriveKeys(secrets: readonly string[] = []): readonly [DeriveKey, ...DeriveKey[]] {
  const [current = crypto.getRandomValues(new Uint8Array(32)), ...older] = secrets.map(decodeBase64);
  return [deriver(current), ...older.map(deriver)];
}

function deriver(secret: Bytes): DeriveKey {
  const master = crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  return async (purpose, bits = 256) => {
    const info = new TextEncoder().encode(`mcp-gen\0${purpose}`);
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, await master, bits));
  };
}
