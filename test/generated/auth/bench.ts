import { expect } from 'vitest';
import { send } from '../wire/http.ts';
import type { Answer, HeaderList, Sent } from '../wire/http.ts';
import { modern } from '../wire/message.ts';
import { startServer } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';
import { jws, pair, startIssuer } from './issuer.ts';
import type { Issuer, Pair } from './issuer.ts';
import { authRepo } from './repo.ts';

export const RESOURCE = 'https://mcp.example.com/mcp';
export const METADATA = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp';

export const now = (): number => Math.floor(Date.now() / 1_000);

/** A protected server, the issuer it trusts, and tokens for it. */
export interface World {
  readonly server: Server;
  readonly issuer: Issuer;
  readonly rsa: Pair;
  readonly ec: Pair;
  /** Claims of a good token with changes; undefined leaves one out. */
  claims(changes?: Record<string, unknown>): Record<string, unknown>;
  /** A good token with changes. */
  token(changes?: Record<string, unknown>, header?: Record<string, unknown>, by?: Pair): string;
  /** Sends a request with this Authorization header; an array sends several. */
  ask(authorization: string | readonly string[] | undefined, sent?: Sent): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts the repo of the generic provider. */
export async function startWorld(env: Readonly<Record<string, string>> = {}, repo?: string): Promise<World> {
  const [rsa, ec] = [pair('RS256', 'rsa-1'), pair('ES256', 'ec-1')];
  const issuer = await startIssuer([rsa.jwk, ec.jwk]);
  const server = await startServer(repo ?? (await authRepo()), { MCP_PUBLIC_URL: RESOURCE, OAUTH_ISSUER: issuer.url, OAUTH_JWKS_URI: issuer.jwksUri, ...env });
  const claims = (changes: Record<string, unknown> = {}) => ({
    iss: issuer.url,
    sub: 'user-1',
    aud: RESOURCE,
    client_id: 'client-1',
    scope: 'notes:read notes:write',
    org_id: 'acme',
    jti: Math.random().toString(36),
    iat: now(),
    exp: now() + 300,
    ...changes,
  });
  return {
    server,
    issuer,
    rsa,
    ec,
    claims,
    token: (changes, header = {}, by = ec) => jws({ alg: by.alg, kid: by.kid, typ: 'at+jwt', ...header }, claims(changes), by),
    ask: (authorization, sent = modern('tools/list')) => {
      const lines: HeaderList = (authorization === undefined ? [] : [authorization].flat()).map((value) => ['authorization', value] as const);
      return send(server.port, { ...sent, more: [...(sent.more ?? []), ...lines] });
    },
    async close() {
      await server.kill();
      await issuer.close();
    },
  };
}

/** What every refusal of the gate has to look like. */
export function expectChallenge(answer: Answer, status: number): void {
  expect([answer.status, answer.body]).toEqual([status, expect.any(String)]);
  expect(answer.headers['content-type']).toContain('application/json');
  expect(JSON.parse(answer.body)).toMatchObject({ error: expect.any(String) as string, error_description: expect.any(String) as string });
  const challenge = answer.headers['www-authenticate'] ?? '';
  expect(challenge).toMatch(/^Bearer /);
  expect(challenge).toContain(`resource_metadata="${METADATA}"`);
  expect(challenge).toContain('scope="notes:read"');
}
