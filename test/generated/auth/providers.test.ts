import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from '../wire/http.ts';
import { modern } from '../wire/message.ts';
import { builtRepo } from '../wire/probe.ts';
import { startRefused, startServer } from '../wire/server.ts';
import type { Server } from '../wire/server.ts';
import { now, RESOURCE } from './bench.ts';
import { jws, pair, startIssuer } from './issuer.ts';
import type { Issuer } from './issuer.ts';
import { authRepo } from './repo.ts';
import type { ProviderId } from './repo.ts';

type Claims = Record<string, unknown>;
type Row = readonly [title: string, claims: Claims, status: number, header?: Claims];

/** A token of one provider as its documentation shows it, what has to be set for it, and what is not such a token. */
interface Sheet {
  readonly env: Readonly<Record<string, string>>;
  readonly header: Claims;
  readonly claims: Claims;
  /** How it says that it has no scope for this server. */
  readonly scopeless: Claims;
  /** The ID token of the same sign-in. */
  readonly idToken: readonly [Claims, Claims];
  readonly service: Claims;
  readonly audit: Claims;
  /** As clients have to request it. */
  readonly scope: string;
  readonly more: readonly Row[];
  /** Values of its variables that are refused, and what the refusal says. */
  readonly refused: readonly (readonly [Record<string, string>, string])[];
}

const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const API = '6e74172b-be56-4843-9ff4-e66a39bb12e3';

const sheets: Readonly<Record<ProviderId, Sheet>> = {
  oidc: {
    env: { OAUTH_ISSUER: 'https://auth.example.com' },
    header: { typ: 'at+jwt' },
    claims: { iss: 'https://auth.example.com', sub: '248289761001', aud: RESOURCE, client_id: 's6BhdRkqt3', scope: 'openid notes:read', jti: 'dbe39bf3a3ba4238a513f51d6e1691c4' },
    scopeless: { scope: 'openid' },
    idToken: [{ aud: 's6BhdRkqt3', nonce: 'n-0S6_WzA2Mj', client_id: undefined, scope: undefined }, { typ: 'JWT' }],
    service: { sub: 's6BhdRkqt3' },
    audit: { tenant_id: 'https://auth.example.com', user_id: '248289761001', agent_id: 's6BhdRkqt3', auth_kind: 'user' },
    scope: 'notes:read',
    more: [
      ['scp as a list instead of scope', { scope: undefined, scp: ['notes:read'] }, 200],
      ['a plain JWT that does not say it is an access token', {}, 401, { typ: 'JWT' }],
    ],
    refused: [],
  },
  auth0: {
    env: { AUTH0_DOMAIN: 'example.eu.auth0.com' },
    header: { typ: 'JWT' },
    claims: { iss: 'https://example.eu.auth0.com/', sub: 'auth0|5f7c8ec7c33c6c004bbafe82', aud: [RESOURCE, 'https://example.eu.auth0.com/userinfo'], azp: 'my_client_id', scope: 'openid profile notes:read', org_id: 'org_9ybsU1dN2dKfDkBi' },
    scopeless: { scope: 'openid profile' },
    idToken: [{ aud: 'my_client_id', nonce: 'n', azp: undefined, scope: undefined }, {}],
    service: { sub: 'my_client_id@clients', gty: 'client-credentials' },
    audit: { tenant_id: 'org_9ybsU1dN2dKfDkBi', user_id: 'auth0|5f7c8ec7c33c6c004bbafe82', agent_id: 'my_client_id', auth_kind: 'user' },
    scope: 'notes:read',
    more: [
      ['the RFC 9068 dialect', { client_id: 'my_client_id', azp: undefined, jti: 'j' }, 200, { typ: 'at+jwt' }],
      ['the issuer without its slash', { iss: 'https://example.eu.auth0.com' }, 401],
      ['only the userinfo audience', { aud: 'https://example.eu.auth0.com/userinfo' }, 401],
      ['R097 delegated, but not permitted to the user', { permissions: [] }, 403],
      ['R097 permitted to the user, but not delegated', { scope: 'openid', permissions: ['notes:read'] }, 403],
      ['R097 both', { permissions: ['notes:read'] }, 200],
    ],
    refused: [
      [{ AUTH0_DOMAIN: 'https://example.eu.auth0.com' }, 'bare domain'],
      [{ AUTH0_DOMAIN: 'example.eu.auth0.com/' }, 'bare domain'],
    ],
  },
  okta: {
    env: { OKTA_ISSUER: 'https://example.okta.com/oauth2/default' },
    header: {},
    claims: { ver: 1, jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE', iss: 'https://example.okta.com/oauth2/default', aud: RESOURCE, cid: '0oabskvc6442nkvQO0h7', uid: '00ub0oNGTSWTBKOLGLNR', scp: ['openid', 'notes:read'], sub: 'alice@example.com', auth_time: 1 },
    scopeless: { scp: ['openid'] },
    idToken: [{ aud: '0oabskvc6442nkvQO0h7', at_hash: 'h', cid: undefined, scp: undefined }, {}],
    service: { sub: '0oabskvc6442nkvQO0h7', uid: undefined },
    audit: { tenant_id: 'https://example.okta.com/oauth2/default', user_id: '00ub0oNGTSWTBKOLGLNR', agent_id: '0oabskvc6442nkvQO0h7', auth_kind: 'user' },
    scope: 'notes:read',
    more: [
      ['S036 of the org authorization server', { iss: 'https://example.okta.com', aud: 'https://example.okta.com' }, 401],
      ['scp as text', { scp: 'openid notes:read' }, 403],
    ],
    refused: [
      [{ OKTA_ISSUER: 'https://example.okta.com' }, '/oauth2/'],
      [{ OKTA_ISSUER: 'http://example.okta.com/oauth2/default' }, '/oauth2/'],
    ],
  },
  entra: {
    env: { ENTRA_TENANT_ID: TENANT, ENTRA_CLIENT_ID: API },
    header: { typ: 'JWT' },
    claims: { aud: API, iss: `https://login.microsoftonline.com/${TENANT}/v2.0`, azp: '6cb04018-a3f5-46a7-b995-940c78f5aef3', azpacr: '0', oid: '690222be-ff1a-4d56-abd1-7e4f7d38e474', sub: 'HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ', scp: 'notes:read', tid: TENANT, ver: '2.0', uti: 'u', rh: 'r' },
    scopeless: { scp: 'User.Read' },
    idToken: [{ aud: '6cb04018-a3f5-46a7-b995-940c78f5aef3', nonce: 'n', azp: undefined, scp: undefined }, {}],
    service: { scp: undefined, idtyp: 'app', roles: ['notes:read'] },
    audit: { tenant_id: TENANT, user_id: '690222be-ff1a-4d56-abd1-7e4f7d38e474', agent_id: '6cb04018-a3f5-46a7-b995-940c78f5aef3', auth_kind: 'user' },
    scope: `${RESOURCE}/notes:read`,
    more: [
      ['C28 a v1 token', { ver: '1.0', iss: `https://sts.windows.net/${TENANT}/` }, 401],
      ['C28 ver 1.0 under the v2 issuer', { ver: '1.0' }, 401],
      ['C28 S036 another tenant', { tid: '00000000-0000-4000-8000-000000000000' }, 401],
      ['S036 the issuer of another tenant', { iss: 'https://login.microsoftonline.com/00000000-0000-4000-8000-000000000000/v2.0' }, 401],
      ['no tenant', { tid: undefined }, 401],
      ['the URL as audience', { aud: RESOURCE }, 401],
      ['S039 roles do not stand in for the scopes of a user', { scp: 'User.Read', roles: ['notes:read'] }, 403],
      ['S039 an app without scp does not pass for a user', { scp: undefined, roles: ['notes:read'] }, 403],
    ],
    refused: [
      [{ ENTRA_TENANT_ID: 'common' }, 'not issuers'],
      [{ ENTRA_TENANT_ID: 'organizations' }, 'not issuers'],
      [{ ENTRA_CLIENT_ID: 'api://notes' }, 'GUID'],
    ],
  },
  keycloak: {
    env: { KEYCLOAK_ISSUER: 'https://sso.example.com/realms/main' },
    header: { typ: 'JWT' },
    claims: { iss: 'https://sso.example.com/realms/main', aud: [RESOURCE, 'account'], sub: 'f3c2b7d0-5a3e-4b6a-9f0e-2d5c1b7a8e90', typ: 'Bearer', azp: 'claude', sid: 's', scope: 'openid notes:read profile', realm_access: { roles: ['user'] }, jti: 'onrtac:1' },
    scopeless: { scope: 'openid profile' },
    idToken: [{ aud: 'claude', typ: 'ID', at_hash: 'h', scope: undefined }, {}],
    service: { preferred_username: 'service-account-claude', client_id: 'claude' },
    audit: { tenant_id: 'https://sso.example.com/realms/main', user_id: 'f3c2b7d0-5a3e-4b6a-9f0e-2d5c1b7a8e90', agent_id: 'claude', auth_kind: 'user' },
    scope: 'notes:read',
    more: [
      ['the audience Keycloak has by default', { aud: 'account' }, 401],
      ['no audience', { aud: undefined }, 401],
      ['a refresh token', { typ: 'Refresh' }, 401],
      ['another realm', { iss: 'https://sso.example.com/realms/other' }, 401],
    ],
    refused: [
      [{ KEYCLOAK_ISSUER: 'https://sso.example.com/realms/main/' }, 'realm'],
      [{ KEYCLOAK_ISSUER: 'http://sso.example.com/realms/main' }, 'realm'],
    ],
  },
  cognito: {
    env: { COGNITO_REGION: 'eu-central-1', COGNITO_USER_POOL_ID: 'eu-central-1_AbCdEf123', COGNITO_CLIENT_IDS: '1h57kf5cpq17m0eml12example, 2other' },
    header: {},
    claims: { sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', 'cognito:groups': ['editors'], iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123', version: 2, client_id: '1h57kf5cpq17m0eml12example', origin_jti: 'o', token_use: 'access', scope: `openid ${RESOURCE}/notes:read`, auth_time: 1, jti: 'j', username: 'alice' },
    scopeless: { scope: 'openid aws.cognito.signin.user.admin' },
    idToken: [{ aud: '1h57kf5cpq17m0eml12example', token_use: 'id', client_id: undefined, scope: undefined, at_hash: 'h' }, {}],
    service: { sub: '1h57kf5cpq17m0eml12example', username: undefined },
    audit: { tenant_id: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123', user_id: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', agent_id: '1h57kf5cpq17m0eml12example', auth_kind: 'user' },
    scope: `${RESOURCE}/notes:read`,
    more: [
      ['C27 token_use id', { token_use: 'id' }, 401],
      ['C27 no token_use', { token_use: undefined }, 401],
      ['C29 an app client that is not listed', { client_id: '3stranger' }, 403],
      ['bound to this resource', { aud: RESOURCE }, 200],
      ['bound to another resource', { aud: 'https://other.example.com/mcp' }, 401],
      ['S039 a short scope', { scope: 'notes:read' }, 403],
      ['S039 a scope of a resource server whose name is as long', { scope: 'https://mcp.example.org/mcp/notes:read' }, 403],
      ['S039 a scope of another resource server', { scope: 'https://mcp.example.com/mcp2/notes:read' }, 403],
    ],
    refused: [
      [{ COGNITO_USER_POOL_ID: 'AbCdEf123' }, 'user pool'],
      [{ COGNITO_REGION: 'Frankfurt' }, 'region'],
    ],
  },
  clerk: {
    env: { CLERK_FRONTEND_API_URL: 'https://clerk.example.com' },
    header: { typ: 'at+jwt' },
    claims: { iss: 'https://clerk.example.com', sub: 'user_2NNEqL2nrIRdJ194ndJqAHwEfxC', aud: RESOURCE, client_id: 'oauth_app_2O4vVZKXfzJ', scp: ['profile', 'notes:read'], jti: 'oat_1', org_id: 'org_2abc' },
    scopeless: { scp: ['profile'] },
    idToken: [{ aud: 'oauth_app_2O4vVZKXfzJ', at_hash: 'h', client_id: undefined, scp: undefined }, { typ: 'JWT' }],
    service: { sub: 'oauth_app_2O4vVZKXfzJ' },
    audit: { tenant_id: 'org_2abc', user_id: 'user_2NNEqL2nrIRdJ194ndJqAHwEfxC', agent_id: 'oauth_app_2O4vVZKXfzJ', auth_kind: 'user' },
    scope: 'notes:read',
    more: [
      ['a session token, which has the same issuer and key', { sid: 'sess_1', azp: 'https://app.example.com', client_id: undefined }, 401, { typ: 'JWT' }],
      ['scope as text instead', { scp: undefined, scope: 'profile notes:read' }, 200],
      ['application/at+jwt', {}, 200, { typ: 'application/at+jwt' }],
      ['no audience', { aud: undefined }, 401],
    ],
    refused: [[{ CLERK_FRONTEND_API_URL: 'clerk.example.com' }, 'https://']],
  },
  workos: {
    env: { WORKOS_AUTHKIT_DOMAIN: 'example.authkit.app' },
    header: {},
    claims: { iss: 'https://example.authkit.app', aud: RESOURCE, sub: 'user_01HBEQKA6K4QJAS93VPE39W1JT', client_id: 'client_01GRFVK4J8', scope: 'openid notes:read', org_id: 'org_01HRDMC6CM357W30QMHMQ96Q0S', sid: 'app_consent_01', jti: '01HQSXZGF8FHF7A9ZZFCW4387R' },
    scopeless: { scope: 'openid email' },
    idToken: [{ aud: 'client_01GRFVK4J8', nonce: 'n', client_id: undefined, scope: undefined }, { typ: 'JWT' }],
    service: { sub: 'client_01GRFVK4J8' },
    audit: { tenant_id: 'org_01HRDMC6CM357W30QMHMQ96Q0S', user_id: 'user_01HBEQKA6K4QJAS93VPE39W1JT', agent_id: 'client_01GRFVK4J8', auth_kind: 'user' },
    scope: 'notes:read',
    more: [['of a client that named no resource', { aud: 'client_01ENVIRONMENT' }, 401]],
    refused: [[{ WORKOS_AUTHKIT_DOMAIN: 'https://example.authkit.app' }, 'bare']],
  },
};

test('C28 R130 a token of Entra without a tenant is refused, even where OAUTH_ISSUER replaces the tenant id', async () => {
  const key = pair('RS256', 'k1');
  const issuer = await startIssuer([key.jwk]);
  const { iss } = sheets.entra.claims;
  const server = await startServer(await authRepo('entra'), { MCP_PUBLIC_URL: RESOURCE, OAUTH_ISSUER: String(iss), OAUTH_JWKS_URI: issuer.jwksUri, OAUTH_AUDIENCE: API });
  const list = modern('tools/list');
  for (const [tid, status] of [[TENANT, 200], [undefined, 401]] as const) {
    const bearer = jws({ alg: 'RS256', kid: 'k1', typ: 'JWT' }, { iat: now(), exp: now() + 300, ...sheets.entra.claims, tid }, key);
    expect((await send(server.port, { ...list, headers: { ...list.headers, authorization: `Bearer ${bearer}` } })).status).toBe(status);
  }
  await Promise.all([server.kill(), issuer.close()]);
});

describe.each(Object.entries(sheets))('R090 tokens of %s', (provider, sheet) => {
  const key = pair('RS256', 'k1');
  const stranger = pair('RS256', 'k1');
  let issuer: Issuer;
  let server: Server;
  let services: Server;
  beforeAll(async () => {
    issuer = await startIssuer([key.jwk]);
    const repo = await authRepo(provider as ProviderId);
    const env = { MCP_PUBLIC_URL: RESOURCE, OAUTH_JWKS_URI: issuer.jwksUri, ...sheet.env };
    [server, services] = await Promise.all([startServer(repo, env), startServer(repo, { ...env, ALLOW_SERVICE_TOKENS: 'true' })]);
  });
  afterAll(() => Promise.all([server.kill(), services.kill(), issuer.close()]));

  const token = (changes: Claims = {}, header: Claims = {}, by = key) =>
    jws({ alg: 'RS256', kid: 'k1', ...sheet.header, ...header }, { iat: now(), exp: now() + 300, ...sheet.claims, ...changes }, by);
  const ask = (bearer: string, on = server, sent = modern('tools/list')) => send(on.port, { ...sent, headers: { ...sent.headers, authorization: `Bearer ${bearer}` } });

  test('a good one, with user, agent and tenant in the audit record', async () => {
    const answer = await ask(token(), server, modern('tools/call', { name: 'search_notes', arguments: { query: '' } }));
    expect([answer.status, answer.json().result?.isError]).toEqual([200, undefined]);
    const log = await server.logUntil((lines) => lines.some(({ tool }) => tool === 'search_notes'));
    expect(log.find(({ tool }) => tool === 'search_notes')).toMatchObject({ decision: 'permit', ...sheet.audit });
  });

  test.each<[string, () => string, number]>([
    ['1 another issuer', () => token({ iss: 'https://evil.example.com' }), 401],
    ['2 another audience', () => token({ aud: 'https://other.example.com/mcp' }), 401],
    ['3 expired', () => token({ iat: now() - 400, exp: now() - 100 }), 401],
    ['4 signed by somebody else', () => token({}, {}, stranger), 401],
    ['5 S038 its ID token', () => token(sheet.idToken[0], sheet.idToken[1]), 401],
    ['5 S038 J15 one with the marks of an ID token', () => token({ nonce: 'n', at_hash: 'h' }), sheet.header['typ'] === 'at+jwt' ? 200 : 401],
    ['6 without a scope of this server', () => token(sheet.scopeless), 403],
    ['7 of a service, where none is allowed', () => token(sheet.service), 403],
    ['J17b of another type', () => token({}, { typ: 'dpop+jwt' }), 401],
    ['C22 bound to a key', () => token({ cnf: { jkt: 'x' } }), 401],
  ])('%s', async (_, made, status) => {
    expect((await ask(made())).status).toBe(status);
  });

  test('R096 of a service, where it is allowed: an agent without a user', async () => {
    const answer = await ask(token(sheet.service), services, modern('tools/call', { name: 'search_notes', arguments: { query: '' } }));
    expect(answer.status).toBe(200);
    const log = await services.logUntil((lines) => lines.some(({ tool }) => tool === 'search_notes'));
    expect(log.find(({ tool }) => tool === 'search_notes')).toMatchObject({ user_id: null, agent_id: sheet.audit['agent_id'], auth_kind: 'service' });
  });

  test('scopes are asked for under the name that clients have to use', async () => {
    expect((await ask('a.b.c')).headers['www-authenticate']).toContain(`scope="${sheet.scope}"`);
    const metadata = await send(server.port, { method: 'GET', path: '/.well-known/oauth-protected-resource' });
    expect(JSON.parse(metadata.body)).toMatchObject({ authorization_servers: [sheet.claims['iss']], scopes_supported: [sheet.scope] });
  });

  test.each(sheet.more.map((row) => [row[0], row] as const))('%s', async (_, [, changes, status, header]) => {
    expect((await ask(token(changes, header))).status).toBe(status);
  });

  test.each([...sheet.refused])('%o refuses the start', async (env, text) => {
    const ended = await startRefused(await authRepo(provider as ProviderId), { MCP_PUBLIC_URL: RESOURCE, ...sheet.env, ...env });
    expect(ended).toMatchObject({ code: 1, listened: false });
    expect(ended.stdout + ended.stderr).toContain(text);
  });

  test('without its variables the start is refused with the lines to set', async () => {
    const ended = await startRefused(await authRepo(provider as ProviderId), {});
    expect(ended).toMatchObject({ code: 1, listened: false });
    for (const name of Object.keys(sheet.env)) expect(ended.stdout + ended.stderr).toContain(`${name}=`);
  });
});

test('R041 whoever deploys hears at once of everything that is not set', async () => {
  const { code, stderr } = await startRefused(await builtRepo('auth-redis'), { NODE_ENV: 'production', HOST: '0.0.0.0' });
  expect(code).toBe(1);
  for (const name of ['MCP_PUBLIC_URL', 'MCP_SECRET', 'REDIS_URL', 'OAUTH_ISSUER']) expect(stderr).toContain(`  ${name}=`);
});
