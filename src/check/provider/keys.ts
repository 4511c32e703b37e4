import { constants, createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';

/** How each algorithm signs (RFC 7518 section 3, RFC 8037): only those that are made with a private key. */
const algorithms: Readonly<Record<string, { readonly hash: string | null; readonly options: object }>> = {
  RS256: { hash: 'sha256', options: {} },
  RS384: { hash: 'sha384', options: {} },
  RS512: { hash: 'sha512', options: {} },
  PS256: { hash: 'sha256', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } },
  PS384: { hash: 'sha384', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 48 } },
  PS512: { hash: 'sha512', options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 } },
  ES256: { hash: 'sha256', options: { dsaEncoding: 'ieee-p1363' } },
  ES384: { hash: 'sha384', options: { dsaEncoding: 'ieee-p1363' } },
  ES512: { hash: 'sha512', options: { dsaEncoding: 'ieee-p1363' } },
  EdDSA: { hash: null, options: {} },
  Ed25519: { hash: null, options: {} },
};

/** A key of a JWKS document, as far as it can be used. */
export interface ProviderKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/** What is wrong with a set of public keys, and those that can be used. */
export function readKeys(document: Readonly<Record<string, unknown>>): { readonly keys: readonly ProviderKey[]; readonly faults: readonly string[] } {
  const listed = Array.isArray(document['keys']) ? (document['keys'] as (JsonWebKey & { kid?: string; use?: string })[]) : [];
  const faults: string[] = [];
  const keys: ProviderKey[] = [];
  for (const jwk of listed.slice(0, 50)) {
    const kid = jwk.kid ?? '(no kid)';
    if (jwk['d'] !== undefined || jwk['k'] !== undefined) faults.push(`the key ${kid} is published with its private half`);
    if (jwk.use === 'enc') continue;
    try {
      const key = createPublicKey({ key: jwk, format: 'jwk' });
      if (key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < 2_048) faults.push(`the key ${kid} has fewer than 2048 bits`);
      keys.push({ kid, key });
    } catch {
      faults.push(`the key ${kid} can't be read`);
    }
  }
  if (keys.length === 0) faults.push('there is no key to verify signatures with');
  return { keys, faults };
}

/** Whether one of the keys has signed a JWT (RFC 7515 section 5.2). */
export function isSignedBy(token: string, { alg, kid }: Readonly<Record<string, unknown>>, keys: readonly ProviderKey[]): boolean {
  const algorithm = algorithms[String(alg)];
  const [head = '', body = '', signature = ''] = token.split('.');
  if (algorithm === undefined) return false;
  return keys
    .filter((one) => kid === undefined || one.kid === kid)
    .some(({ key }) => {
      try {
        return verify(algorithm.hash, Buffer.from(`${head}.${body}`), { key, ...algorithm.options }, Buffer.from(signature, 'base64url'));
      } catch {
        return false;
      }
    });
}
