import { decodeBase64 } from '../config/settings.js';

/** A keyed hash, and the id of the key it was made with. */
export interface Digest {
  /** Lower-case hex of HMAC-SHA-256. */
  readonly hash: string;
  readonly keyId: string;
}

/** Hashes with keys that derive from `MCP_SECRET` (HKDF, RFC 5869), one per purpose and tenant. */
export type Digester = (purpose: 'arguments' | 'idempotency', tenant: string, text: string) => Promise<Digest>;

/** HMAC-SHA-256 with one key, as lower-case hex. WebCrypto works everywhere; a runtime with something faster brings its own. */
export type Hmac = (key: Bytes) => (text: string) => string | Promise<string>;

type Bytes = Uint8Array<ArrayBuffer>;

/** Derived keys that are kept ready. */
const MAX_KEYS = 1_000;

/**
 * @param secrets - Base64 keys, the first signs. Without any, an ephemeral key
 *   is made: hashes then cannot be compared across restarts or instances.
 */
export function createDigester(secrets: readonly string[] = [], hmac: Hmac = webHmac): Digester {
  const [secret] = secrets;
  const bytes = secret === undefined ? crypto.getRandomValues(new Uint8Array(32)) : decodeBase64(secret);
  const master = crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits']);
  const derive = async (info: string, bits: number): Promise<Bytes> => {
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: encode(`mcp-gen\0${info}`) };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, await master, bits));
  };
  const keyId = derive('key-id', 32).then(toHex);
  const signers = new Map<string, Promise<ReturnType<Hmac>>>();

  return async (purpose, tenant, text) => {
    const info = `${purpose}\0${tenant}`;
    let sign = signers.get(info);
    if (!sign) {
      if (signers.size >= MAX_KEYS) signers.clear();
      sign = derive(info, 256).then(hmac);
      signers.set(info, sign);
    }
    return { hash: await (await sign)(text), keyId: await keyId };
  };
}

const webHmac: Hmac = (key) => {
  const imported = crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return async (text) => toHex(new Uint8Array(await crypto.subtle.sign('HMAC', await imported, encode(text))));
};

const encoder = new TextEncoder();
const encode = (text: string): Bytes => encoder.encode(text);

function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
