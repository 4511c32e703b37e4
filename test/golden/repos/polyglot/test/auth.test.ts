import { generateKeyPair } from 'jose';
import { describe, expect, test } from 'vitest';
import { access } from '../src/access.js';
import { provider } from '../src/platform/auth/profile.js';
import { authSettings } from '../src/platform/auth/settings.js';
import { loadEnvironment } from '../src/platform/config/environment.js';
import { type App, createApp } from '../src/platform/http/app.js';
import { deriveHttpConfig } from '../src/platform/http/config.js';
import { type Changes, RESOURCE, startIssuer } from './keys.js';
import { startServer } from './kit.js';

const ORIGIN = 'http://localhost:3000';
const METADATA = `${ORIGIN}/.well-known/oauth-protected-resource`;
const { profile } = provider;
const issuer = await startIssuer();

function start(environment: Record<string, string> = {}): { app: App; logs: string[] } {
  const { runtime, logs } = startServer();
  const settings = loadEnvironment(authSettings, { ...issuer.environment, ...environment });
  return { app: createApp(deriveHttpConfig(settings), runtime), logs };
}

const ENVELOPE = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };

function request(headers: Record<string, string>, body = listing(), url = `${ORIGIN}/mcp`): Request {
  const common = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/list',
  };
  return new Request(url, { method: 'POST', headers: { ...common, ...headers }, body });
}

const listing = (): string => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: ENVELOPE } });

async function send(app: App, changes: Changes): Promise<Response> {
  return app.fetch(request({ authorization: `Bearer ${await issuer.token(changes)}` }));
}

const now = Math.floor(Date.now() / 1_000);
const stranger = (await generateKeyPair(profile.algorithms[0] ?? 'RS256')).privateKey;
const [client = 'client_id'] = profile.clientClaims;
const [scope] = profile.scopeClaims;

describe('a token', () => {
  test.each<[string, Changes, number]>([
    ['that is good', {}, 200],
    ['with several audiences, one of them ours', { claims: { aud: ['https://other.example.com', RESOURCE] } }, 200],
    ['of another issuer', { claims: { iss: 'https://evil.example.com' } }, 401],
    ['of the issuer with a slash', { claims: { iss: `${issuer.environment['OAUTH_ISSUER']}/` } }, 401],
    ['for another audience', { claims: { aud: 'https://other.example.com/mcp' } }, 401],
    ['for an audience that begins like ours', { claims: { aud: `${RESOURCE}/evil` } }, 401],
    ['without audience', { claims: { aud: undefined } }, 401],
    ['that has expired', { claims: { exp: now - 60 } }, 401],
    ['without expiry', { claims: { exp: undefined } }, 401],
    ['that lives too long', { claims: { exp: now + 864_000 } }, 401],
    ['from the future', { claims: { iat: now + 3_600, exp: now + 3_900 } }, 401],
    ['not valid yet', { claims: { nbf: now + 3_600 } }, 401],
    ['without subject', { claims: { sub: undefined } }, 401],
    ['without client', { claims: { [client]: undefined } }, 401],
    ['of another key', { key: stranger }, 401],
    ['with an unknown key id', { header: { kid: 'unknown' } }, 401],
    ['of another type', { header: { typ: 'dpop+jwt' } }, 401],
    ['that is an ID token', { header: { typ: 'JWT' }, claims: { nonce: 'n', at_hash: 'h' } }, 401],
    ['bound to a key', { claims: { cnf: { jkt: 'x' } } }, 401],
    ['of a service', { facts: { subject: 'a-client' } }, 403],
  ])('%s', async (_, changes, status) => {
    const response = await send(start().app, changes);
    expect(response.status).toBe(status);
    if (status === 200) return;
    expect(response.headers.get('www-authenticate')).toContain(`resource_metadata="${METADATA}/mcp"`);
    expect(await response.json()).toHaveProperty('error_description');
  });

  test.runIf(access.baseScopes.length > 0).each<[string, Changes]>([
    ['without scopes', { claims: { [scope?.claim ?? 'scope']: undefined } }],
    ['whose scope only looks alike', { facts: { scopes: ['notes:rea', 'notes:read2', '*'] } }],
  ])('%s', async (_, changes) => {
    const response = await send(start({ ALLOW_SERVICE_TOKENS: 'true' }).app, changes);
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
  });

  test.each<[string, (token: string) => Record<string, string>, string, number]>([
    ['missing', () => ({}), '', 401],
    ['in lower case', (token) => ({ authorization: `bearer ${token}` }), '', 200],
    ['followed by a word', (token) => ({ authorization: `Bearer ${token} more` }), '', 400],
    ['sent twice', (token) => ({ authorization: `Bearer ${token}, Bearer ${token}` }), '', 400],
    ['in the URL as well', (token) => ({ authorization: `Bearer ${token}` }), '?access_token=x', 400],
    ['padded', (token) => ({ authorization: `Bearer ${token}==` }), '', 401],
    ['in another scheme', (token) => ({ authorization: `Basic ${token}` }), '', 401],
    ['opaque', () => ({ authorization: 'Bearer opaque' }), '', 401],
    ['endless', (token) => ({ authorization: `Bearer ${token}${'x'.repeat(9_000)}` }), '', 401],
  ])('%s', async (_, headers, query, status) => {
    const { app } = start();
    expect((await app.fetch(request(headers(await issuer.token()), listing(), `${ORIGIN}/mcp${query}`))).status).toBe(status);
  });
});

describe('the gate', () => {
  test('comes before the body', async () => {
    const response = await start().app.fetch(request({}, '{broken'));
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).not.toContain('error=');
  });

  test('tells a client where to sign in, for itself and not for any Host', async () => {
    const { app } = start();
    const read = async (path: string, host: string) =>
      (await app.fetch(new Request(`${ORIGIN}${path}`, { headers: { host } }))).json();
    const metadata = await read('/.well-known/oauth-protected-resource', 'evil.example.com');
    expect(metadata).toMatchObject({ resource: RESOURCE, authorization_servers: [issuer.environment['OAUTH_ISSUER']] });
    expect(await read('/.well-known/oauth-protected-resource/mcp', 'localhost:3000')).toEqual(metadata);
    expect(JSON.stringify(metadata)).not.toMatch(/offline_access|\*/);
  });

  test('answers an outage with 503, and goes on with keys it knows', async () => {
    const { app } = start();
    issuer.fail(500);
    const response = await send(app, {});
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    issuer.fail(undefined);
    const warm = start().app;
    expect((await send(warm, {})).status).toBe(200);
    issuer.fail(500);
    expect((await send(warm, {})).status).toBe(200);
    issuer.fail(undefined);
  });

  test('fetches the keys once', async () => {
    const { app } = start();
    const before = issuer.fetches();
    await Promise.all([...Array(20).keys()].map((at) => send(app, at % 2 ? {} : { header: { kid: `unknown-${at}` } })));
    expect(issuer.fetches() - before).toBe(1);
  });

  test('remembers a token only when it is told to, and never a bad one', async () => {
    const { app } = start({ TOKEN_CACHE: 'true' });
    const good = `Bearer ${await issuer.token()}`;
    for (const status of [200, 200]) expect((await app.fetch(request({ authorization: good }))).status).toBe(status);
    for (const status of [401, 401]) expect((await send(app, { key: stranger })).status).toBe(status);
  });

  test('writes every denial down once, without the token', async () => {
    const { app, logs } = start({ NODE_ENV: 'production', MCP_SECRET: btoa('0123456789abcdef0123456789abcdef') });
    const token = await issuer.token({ claims: { aud: 'canary' } });
    await app.fetch(request({ authorization: `Bearer ${token}` }));
    const records = logs.filter((line) => line.includes('mcp.audit'));
    expect(records.map((line) => JSON.parse(line) as object)).toMatchObject([{ decision: 'deny', decision_reason: 'audience' }]);
    expect(logs.join('')).not.toMatch(/canary|eyJ/);
  });
});

describe('the configuration', () => {
  test.each<[Record<string, string>, string]>([
    [{ OAUTH_ISSUER: '' }, `${Object.keys(provider.variables)[0] ?? 'OAUTH_ISSUER'}=`],
    [{ OAUTH_ISSUER: 'http://auth.example.com' }, 'OAUTH_ISSUER='],
    [{ OAUTH_JWKS_URI: 'http://auth.example.com/jwks' }, 'OAUTH_JWKS_URI='],
    [{ MCP_PUBLIC_URL: 'https://mcp.example.com' }, 'MCP_PUBLIC_URL='],
    [{ OAUTH_AUDIENCE_MODE: 'client-allow-list' }, 'OAUTH_ALLOWED_CLIENT_IDS='],
    ...Object.entries(provider.variables).map(([name]): [Record<string, string>, string] => [
      { [name]: 'canary canary' },
      `${name}=`,
    ]),
  ])('%o is refused with the line to set', (environment, line) => {
    expect(() => start(environment)).toThrow(line);
    expect(() => start(environment)).not.toThrow('canary');
  });
});
