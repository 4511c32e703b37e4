import { afterAll, describe, expect, test } from 'vitest';
import type { Row } from '../../src/check/check.ts';
import { probe } from '../../src/check/probe/probe.ts';
import { politeness } from '../../src/check/probe/wire.ts';
import { documentOf, invoke, scratch } from '../cli/invoke.ts';
import { jws, pair, startIssuer } from './auth/issuer.ts';
import type { RepoName } from './repos.ts';
import { killRedis, startRedis } from './sessions/redis-server.ts';
import { freePort } from './start.ts';
import { builtRepo } from './wire/probe.ts';
import { startServer } from './wire/server.ts';
import type { Server } from './wire/server.ts';

const running: Server[] = [];
afterAll(async () => {
  for (const server of running) await server.kill();
  await killRedis();
});

describe('mcp-gen check --url on a generated server', () => {
  test.each<[RepoName, Readonly<Record<string, string>>]>([
    ['http-notes', {}],
    ['http-empty', { MCP_LEGACY: 'reject' }],
    ['http-memory', {}],
    ['http-redis', {}],
    ['both-notes', {}],
  ])('%s %j is all green', async (name, environment) => {
    const store = name === 'http-redis' ? { REDIS_URL: (await startRedis()).url } : {};
    const server = await startServer(await builtRepo(name), { ...environment, ...store });
    running.push(server);
    const ended = await invoke('mcp-gen', ['check', '--url', server.url.href, '--json'], { cwd: scratch() });
    const { rows, requests } = documentOf<{ rows: Row[]; requests: number }>(ended);
    expect(rows.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ id, summary }) => `${id}: ${summary}`)).toEqual(environment['MCP_LEGACY'] === 'reject' ? ['legacy-client: can\'t connect and list the tools'] : []);
    expect(rows.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThan(14);
    expect({ code: ended.code, polite: requests <= politeness.requests }).toEqual({ code: 0, polite: true });
  });
});

/** A provider that publishes everything clients ask for. */
const published = (url: string) => ({
  issuer: url,
  authorization_endpoint: `${url}/authorize`,
  token_endpoint: `${url}/token`,
  jwks_uri: `${url}/jwks`,
  registration_endpoint: `${url}/register`,
  response_types_supported: ['code'],
  code_challenge_methods_supported: ['S256'],
  client_id_metadata_document_supported: true,
});

test.each<RepoName>(['auth-oidc', 'auth-redis'])('%s is all green, with a token and without; and its token turns up nowhere', async (name) => {
  const key = pair('ES256', 'k');
  const issuer = await startIssuer([key.jwk], published);
  const port = await freePort();
  const store = name === 'auth-redis' ? { REDIS_URL: (await startRedis()).url } : {};
  const server = await startServer(await builtRepo(name), { OAUTH_ISSUER: issuer.url, OAUTH_JWKS_URI: issuer.jwksUri, ...store }, port);
  running.push(server);
  const now = Math.floor(Date.now() / 1_000);
  const token = jws({ alg: key.alg, kid: key.kid, typ: 'at+jwt' }, { iss: issuer.url, sub: 'ann', aud: server.url.href, client_id: 'probe', scope: 'notes:read notes:write', org_id: 'acme', jti: 'one', iat: now, exp: now + 300 }, key);
  for (const given of [undefined, token]) {
    const { rows, requests } = await probe(server.url, given, new AbortController().signal);
    expect(rows.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ id, summary }) => `${id}: ${summary}`)).toEqual([]);
    expect(rows.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id)).toEqual(expect.arrayContaining(['challenge', 'metadata', 'authorization-server', 'bad-tokens', ...(given === undefined ? [] : ['audience', 'modern-client', 'legacy-client'])]));
    expect(requests).toBeLessThanOrEqual(politeness.requests);
    expect(JSON.stringify(rows)).not.toContain(token);
  }
  await issuer.close();
});
