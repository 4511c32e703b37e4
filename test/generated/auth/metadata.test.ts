import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../wire/http.ts';
import { legacy, modern } from '../wire/message.ts';
import { startRefused, startServer } from '../wire/server.ts';
import { expectChallenge, METADATA, RESOURCE, startWorld } from './bench.ts';
import type { World } from './bench.ts';
import { pair, startIssuer } from './issuer.ts';
import { authRepo } from './repo.ts';

const origin = 'https://app.example.com';
let world: World;
beforeAll(async () => {
  world = await startWorld({ ALLOWED_ORIGINS: origin });
});
afterAll(() => world.close());

const paths = ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp'];
const getFrom = (port: number, path: string) => send(port, { method: 'GET', path });
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') => send(world.server.port, { method, path, headers });

describe('protected resource metadata', () => {
  test.each(paths)('M2 R087 %s without a token, for browsers of any origin', async (path) => {
    for (const headers of [{}, { origin: 'https://anywhere.example' }]) {
      const answer = await get(path, headers);
      expect(answer.status).toBe(200);
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'content-type': 'application/json', 'cache-control': 'public, max-age=300' });
      expect(JSON.parse(answer.body)).toEqual({
        resource: RESOURCE,
        authorization_servers: [world.issuer.url],
        scopes_supported: ['notes:read'],
        bearer_methods_supported: ['header'],
        resource_name: expect.any(String) as string,
      });
    }
    expect((await fetch(`http://localhost:${world.server.port}${path}`, { method: 'HEAD' })).status).toBe(200);
  });

  test.each(paths)('M2 %s after a preflight', async (path) => {
    const answer = await get(path, { origin: 'https://anywhere.example', 'access-control-request-method': 'GET', 'access-control-request-headers': 'mcp-protocol-version' }, 'OPTIONS');
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': '*', 'access-control-allow-headers': 'mcp-protocol-version' });
  });

  test('R087 both places have the same document, and the challenge leads to it', async () => {
    const [root, own] = await Promise.all(paths.map((path) => get(path)));
    expect(root?.body).toBe(own?.body);
    expect((await world.ask(undefined)).headers['www-authenticate']).toContain(`resource_metadata="${METADATA}"`);
  });

  test.each([{ host: 'evil.example' }, { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil.example' }])('M4 a forged %o changes nothing in it', async (headers) => {
    const answer = await get(paths[1] ?? '', headers);
    expect(answer.raw).not.toContain('evil.example');
    expect(JSON.parse(answer.body)).toMatchObject({ resource: RESOURCE });
  });

  test('R084 R095 it names neither offline_access nor a wildcard', async () => {
    for (const path of paths) expect((await get(path)).body).not.toMatch(/offline_access|\*/);
    expect((await world.ask(undefined)).headers['www-authenticate']).not.toContain('offline_access');
  });

  test('R088 R091 no authorization server is here, and no mirror of one', async () => {
    for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration', '/authorize', '/token', '/register']) {
      expect((await get(path)).status).toBe(404);
    }
  });
});

describe('M1 R082 methods without a token', () => {
  test.each(['GET', 'DELETE', 'PUT', 'HEAD'])('%s is 401 before anything else', async (method) => {
    expect((await send(world.server.port, { method, headers: { connection: 'close', 'mcp-session-id': 'x', 'content-type': 'application/json' } })).status).toBe(401);
  });
  test.each(['GET', 'DELETE'])('M5 M6 %s with a token and somebody\'s session id is 405: there are no sessions', async (method) => {
    const answer = await send(world.server.port, { method, headers: { authorization: `Bearer ${world.token()}`, 'mcp-session-id': 'x', 'last-event-id': '1' } });
    expect(answer.status).toBe(405);
  });
});

const preflight = (from: string) => send(world.server.port, { method: 'OPTIONS', headers: { origin: from, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, content-type' } });

describe('M3 CORS on the endpoint', () => {
  test('a preflight needs no token', async () => {
    const answer = await preflight(origin);
    expect(answer.status).toBe(204);
    expect(answer.headers['access-control-allow-headers']).toContain('authorization');
  });
  test('a challenge can be read by the page', async () => {
    const answer = await world.ask(undefined, { ...modern('tools/list'), more: [['origin', origin]] });
    expectChallenge(answer, 401);
    expect(answer.headers['access-control-allow-origin']).toBe(origin);
    expect(answer.headers['access-control-expose-headers']).toContain('www-authenticate');
  });
  test('a foreign origin gets nothing', async () => {
    expect((await preflight('https://evil.example')).status).toBe(403);
  });
});

describe('R078 what is served without a token', () => {
  test.each(['/healthz', '/readyz', '/'])('%s', async (path) => {
    expect((await get(path)).status).toBe(200);
  });
  test('GET / says that there is authentication', async () => {
    expect(JSON.parse((await get('/')).body)).toMatchObject({ auth: 'oauth2' });
  });
  test.each([modern, legacy])('not one method', async (era) => {
    for (const method of ['server/discover', 'initialize', 'ping', 'tools/list', 'tools/call', 'resources/list', 'resources/read', 'prompts/list', 'prompts/get', 'completion/complete', 'subscriptions/listen']) {
      expect((await world.ask(undefined, era(method))).status).toBe(401);
    }
  });
});

describe('the metadata shim', () => {
  test('is off, and refused where it is not needed', async () => {
    const refused = await startRefused(await authRepo(), { MCP_PUBLIC_URL: RESOURCE, OAUTH_ISSUER: world.issuer.url, OAUTH_METADATA_SHIM: 'true' });
    expect(refused).toMatchObject({ code: 1, listened: false });
    expect(refused.stdout + refused.stderr).toContain('OAUTH_METADATA_SHIM=false');
  });

  test.each(['entra', 'cognito'] as const)('serves a copy of the metadata of %s that mentions PKCE, and points there', async (provider) => {
    let sendsIss = false;
    const issuer = await startIssuer([pair('RS256', 'k').jwk], (url) => ({
      issuer: url,
      authorization_endpoint: 'https://provider.example/authorize',
      token_endpoint: 'https://provider.example/token',
      ...(sendsIss && { authorization_response_iss_parameter_supported: true }),
    }));
    const start = async () =>
      startServer(await authRepo(provider), { MCP_PUBLIC_URL: RESOURCE, OAUTH_ISSUER: issuer.url, OAUTH_AUDIENCE_MODE: 'required', OAUTH_METADATA_SHIM: 'true' });
    const server = await start();
    const copy = await getFrom(server.port, '/.well-known/oauth-authorization-server');
    expect(JSON.parse(copy.body)).toEqual({
      issuer: 'https://mcp.example.com',
      authorization_endpoint: 'https://provider.example/authorize',
      token_endpoint: 'https://provider.example/token',
      code_challenge_methods_supported: ['S256'],
    });
    expect(JSON.parse((await getFrom(server.port, paths[1] ?? '')).body)).toMatchObject({ authorization_servers: ['https://mcp.example.com'] });
    await server.kill();
    // A provider that sends iss by now would be refused by clients.
    sendsIss = true;
    const later = await start();
    expect((await getFrom(later.port, '/.well-known/oauth-authorization-server')).status).toBe(503);
    await later.kill();
    await issuer.close();
  });
});
