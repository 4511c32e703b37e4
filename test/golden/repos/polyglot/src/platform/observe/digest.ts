import type { DeriveKey } from './secret.js';

/** A keyed hash, and the id of the key it was made with. */
export interface Digest {
  /** Lower-case hex of HMAC-SHA-256. */
  readonly hash: string;
  readonly keyId: string;
}

/** What is hashed, each with a key of its own that derives from `MCP_SECRET` (HKDF, RFC 5869). */
type Purpose = 'arguments' | 'idempotency' | 'confirmation' | 'cursor' | 'token';

/** Hashes a text; equal texts of two tenants have different hashes. At once where the runtime can. */
export type Digester = (purpose: Purpose, tenant: string, text: string) => Digest | Promise<Digest>;

/** HMAC-SHA-256 with one key, as lower-case hex. WebCrypto works everywhere; a runtime with something faster brings its own. */
export type Hmac = (key: Bytes) => Sign;

type Sign = (text: string) => string | Promise<string>;
type Bytes = Uint8Array<ArrayBuffer>;

/** @param derive - Derives from one secret. */
export function createDigester(derive: DeriveKey, hmac: Hmac = webHmac): Digester {
  const keyId = derive('key-id', 32).then(toHex);
  const ready = new Map<Purpose, (text: string) => Digest | Promise<Digest>>();
  const prepare = async (purpose: Purpose): Promise<void> => {
    const [sign, id] = await Promise.all([derive(purpose).then(hmac), keyId]);
    ready.set(purpose, (text) => {
      const hash = sign(text);
      return typeof hash === 'string' ? { hash, keyId: id } : hash.then((later) => ({ hash: later, keyId: id }));
    });
  };
  const digest: Digester = (purpose, tenant, text) =>
    ready.get(purpose)?.(`${tenant}\0${text}`) ?? prepare(purpose).then(() => digest(purpose, tenant, text));
  return digest;
}

const webHmac: Hmac = (key) => {
  const imported = crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return async (text) => toHex(new Uint8Array(await crypto.subtle.sign('HMAC', await imported, new TextEncoder().encode(text))));
};

/** Lower-case hex. */
export function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
