import { hash } from 'node:crypto';
import type { Hmac } from '../observe/digest.js';

/** The block of SHA-256, in bytes. */
const BLOCK = 64;

/** HMAC (RFC 2104) of two one-shot hashes: no object per text, so cheaper than createHmac, and synchronous unlike WebCrypto. */
export const nodeHmac: Hmac = (key) => {
  const [inner, outer] = [padded(key, 0x36), padded(key, 0x5c)];
  return (text) => hash('sha256', Buffer.concat([outer, hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'buffer')]), 'hex');
};

/** @param key - At most one block. */
function padded(key: Uint8Array, pad: number): Uint8Array {
  return Buffer.alloc(BLOCK, pad).map((byte, at) => byte ^ (key[at] ?? 0));
}
