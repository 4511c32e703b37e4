import { createPrivateKey, createPublicKey, createSign, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A key pair of a server that does not care what it signs. */
export interface Pair {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey & { kid: string; alg?: string; use: string };
}

/** By way of PEM: Node 20 hangs when it collects garbage while it exports a key as JWK that it has just made itself. */
export const asPem = <T extends object>(options: T) => ({ ...options, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }) as const;

/** Makes a key pair. @param bits - Modulus length for RSA. */
export function pair(alg: 'RS256' | 'PS256' | 'ES256' | 'EdDSA', kid: string, bits = 2_048): Pair {
  const [ec, ed, rsa] = [asPem({ namedCurve: 'P-256' }), asPem({}), asPem({ modulusLength: bits })];
  const pem: { readonly publicKey: unknown; readonly privateKey: unknown } = alg === 'ES256' ? generateKeyPairSync('ec', ec) : alg === 'EdDSA' ? generateKeyPairSync('ed25519', ed) : generateKeyPairSync('rsa', rsa);
  return { kid, alg, privateKey: createPrivateKey(String(pem.privateKey)), jwk: { ...createPublicKey(String(pem.publicKey)).export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A compact JWS with any header and payload, good or not. */
export function jws(header: object, payload: unknown, { alg, privateKey }: Pick<Pair, 'alg' | 'privateKey'>): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signature(alg, privateKey, input).toString('base64url')}`;
}

function signature(alg: string, key: KeyObject, input: string): Buffer {
  if (alg === 'EdDSA') return sign(null, Buffer.from(input), key);
  if (alg === 'ES256') return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  if (alg === 'PS256') return sign('sha256', Buffer.from(input), { key, padding: 6, saltLength: 32 });
  return createSign(alg === 'RS384' ? 'sha384' : 'sha256').update(input).sign(key);
}

/** PEM of the public half, for the attack that uses it as a secret. */
export function publicPem({ jwk }: Pair): string {
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
}

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

/** The key endpoint and metadata of an authorization server on loopback. */
export interface Issuer {
  readonly url: string;
  readonly jwksUri: string;
  /** Published keys; change at will. */
  keys: JsonWebKey[];
  /** Replaces the answers of the key endpoint; undefined heals it. */
  behave: Behaviour | undefined;
  /** Requests so far, by path. */
  readonly hits: string[];
  close(): Promise<void>;
}

/** Starts one. @param metadata - Its RFC 8414 document, where it has one. */
export async function startIssuer(keys: JsonWebKey[], metadata?: (url: string) => object): Promise<Issuer> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? '');
    if (request.url?.startsWith('/.well-known/')) {
      const document = request.url === '/.well-known/openid-configuration' ? metadata?.(issuer.url) : undefined;
      response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(document ?? {}));
    } else if (issuer.behave) issuer.behave(request, response);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: issuer.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const issuer: Issuer = {
    url,
    jwksUri: `${url}/jwks`,
    keys,
    behave: undefined,
    hits,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return issuer;
}
