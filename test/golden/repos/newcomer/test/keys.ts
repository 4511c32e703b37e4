import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { shapeClaims, shapeType, type TokenFacts } from '../dev/token_shape.js';
import { provider } from '../src/platform/auth/profile.js';

/** The resource of a server with an empty environment. */
export const RESOURCE = 'http://localhost:3000/mcp';

const { profile } = provider;

/** What clients put before each scope. */
export const SCOPE_PREFIX = profile.scopePrefix === 'resource' ? `${RESOURCE}/` : '';

/** Changes to a good token; a claim that is undefined is left out. */
export interface Changes {
  readonly facts?: Partial<TokenFacts>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly key?: CryptoKey;
}

/** An issuer on loopback that only publishes its keys; it signs whatever a test wants. */
export interface TestIssuer {
  /** What a server needs to trust it. */
  readonly environment: Readonly<Record<string, string>>;
  /** How often its keys have been fetched. */
  fetches(): number;
  /** Makes the key endpoint answer like this from now on; undefined heals it. */
  fail(status: number | undefined): void;
  token(changes?: Changes): Promise<string>;
}

/** Starts an issuer that ends with the process. */
export async function startIssuer(): Promise<TestIssuer> {
  const [alg = 'RS256'] = profile.algorithms;
  const { publicKey, privateKey } = await generateKeyPair(alg);
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg, use: 'sig' }] });
  let status: number | undefined;
  let fetches = 0;
  const server = createServer((_request, response) => {
    fetches++;
    response.writeHead(status ?? 200, { 'content-type': 'application/json' }).end(status === undefined ? keys : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;

  return {
    environment: {
      OAUTH_ISSUER: issuer,
      OAUTH_JWKS_URI: `${issuer}/jwks`,
      OAUTH_AUDIENCE: RESOURCE,
      OAUTH_AUDIENCE_MODE: 'required',
    },
    fetches: () => fetches,
    fail: (next) => {
      status = next;
    },
    token: ({ facts, claims = {}, header = {}, key = privateKey } = {}) => {
      const now = Math.floor(Date.now() / 1_000);
      const who = { subject: 'alice', client: 'a-client', tenant: 'acme', scopes: ['notes:read', 'notes:write'], ...facts };
      const all = {
        iss: issuer,
        aud: RESOURCE,
        iat: now,
        exp: now + 300,
        jti: crypto.randomUUID(),
        ...shapeClaims(who, profile, SCOPE_PREFIX),
        ...claims,
      };
      const payload = JSON.parse(JSON.stringify(all)) as Record<string, unknown>;
      return new SignJWT(payload)
        .setProtectedHeader({ alg, kid: 'test', typ: shapeType(profile), ...header } as JWTHeaderParameters)
        .sign(key);
    },
  };
}
