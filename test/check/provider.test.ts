import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Row } from '../../src/check/check.ts';
import { checkProvider } from '../../src/check/provider/check.ts';
import { metadataUrls } from '../../src/check/provider/metadata.ts';
import { genericTrust } from '../../src/check/provider/trust.ts';
import type { Trust } from '../../src/check/provider/trust.ts';
import { documentOf, invoke, scratch } from '../cli/invoke.ts';
import { run } from '../cli/spawn.ts';
import { asPem } from '../generated/auth/issuer.ts';

const { signal } = new AbortController();
const audience = 'https://mcp.example.com/mcp';
const read = (pem: { readonly publicKey: string; readonly privateKey: string }) => ({ publicKey: createPublicKey(pem.publicKey), privateKey: createPrivateKey(pem.privateKey) });
const ec = read(generateKeyPairSync('ec', asPem({ namedCurve: 'P-256' })));
const rsa = read(generateKeyPairSync('rsa', asPem({ modulusLength: 2_048 })));
const weak = read(generateKeyPairSync('rsa', asPem({ modulusLength: 1_024 })));
const stranger = read(generateKeyPairSync('ec', asPem({ namedCurve: 'P-256' })));

const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' });
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What the provider serves, by path; a test changes it. */
let served: Record<string, unknown>;
let issuer: string;
let asked: string[];
let stop: () => Promise<void>;
beforeEach(async () => {
  asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const found = served[request.url ?? ''];
    response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(found ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  issuer = `http://localhost:${(server.address() as AddressInfo).port}/realm`;
  served = {
    '/.well-known/oauth-authorization-server/realm': {
      issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks`,
      code_challenge_methods_supported: ['S256'], client_id_metadata_document_supported: true, registration_endpoint: `${issuer}/register`,
    },
    '/realm/jwks': { keys: [jwk(ec.publicKey, 'ec'), jwk(rsa.publicKey, 'rsa')] },
  };
  stop = () => new Promise((resolve) => server.close(() => resolve()));
});
afterEach(() => stop());

const now = Math.floor(Date.now() / 1000);

interface TokenParts {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly key?: KeyObject;
}

/** A token as the provider would make it, but for what is given. */
function tokenWith({ header = {}, claims = {}, key = ec.privateKey }: TokenParts = {}): string {
  const content = `${encoded({ alg: 'ES256', kid: 'ec', typ: 'at+jwt', ...header })}.${encoded({ iss: issuer, sub: 'ann', aud: audience, client_id: 'agent', scope: 'notes:read', tid: 'acme', iat: now, exp: now + 300, ...claims })}`;
  const isRsa = key.asymmetricKeyType === 'rsa';
  return `${content}.${sign('sha256', Buffer.from(content), isRsa ? key : { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const rowsFor = async (token?: string, trust: Partial<Trust> = {}): Promise<readonly Row[]> => (await checkProvider({ ...genericTrust(issuer, audience), ...trust }, token, signal)).rows;
const wrong = (rows: readonly Row[]) => rows.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ id, verdict }) => `${id} ${verdict}`);
const change = (path: string, changes: Readonly<Record<string, unknown>>) => (served[path] = { ...(served[path] as object), ...changes });
const metadata = '/.well-known/oauth-authorization-server/realm';

describe('R093 mcp-gen check auth: the provider', () => {
  test('says what it found, in at most five requests', async () => {
    const rows = await rowsFor();
    expect(rows.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(['provider-metadata pass', 'provider-keys pass', 'provider-pkce pass', 'provider-registration pass']);
    expect(rows.at(-1)?.summary).toBe('client ID metadata documents (CIMD), dynamic registration (DCR, deprecated since 2026-07-28)');
    expect(asked.length).toBeLessThanOrEqual(5);
  });

  test.each<[string, () => void, string[]]>([
    ['no metadata at all', () => void delete served[metadata], ['provider-metadata fail', 'provider-keys fail']],
    ['another issuer', () => change(metadata, { issuer: `${issuer}/` }), ['provider-metadata fail']],
    ['no token endpoint', () => change(metadata, { token_endpoint: undefined }), ['provider-metadata warn']],
    ['no word on PKCE', () => change(metadata, { code_challenge_methods_supported: undefined }), ['provider-pkce warn']],
    ['PKCE without S256', () => change(metadata, { code_challenge_methods_supported: ['plain'] }), ['provider-pkce fail']],
    ['no way to register', () => change(metadata, { client_id_metadata_document_supported: false, registration_endpoint: undefined }), ['provider-registration warn']],
    ['no keys', () => void delete served['/realm/jwks'], ['provider-keys fail']],
    ['an empty set of keys', () => (served['/realm/jwks'] = { keys: [] }), ['provider-keys fail']],
    ['a weak key', () => (served['/realm/jwks'] = { keys: [weak.publicKey.export({ format: 'jwk' })] }), ['provider-keys fail']],
    ['a published private key', () => (served['/realm/jwks'] = { keys: [ec.privateKey.export({ format: 'jwk' })] }), ['provider-keys fail']],
  ])('%s', async (_, spoil, expected) => {
    spoil();
    expect(wrong(await rowsFor())).toEqual(expected);
  });

  test('is looked for where clients look, in their order', () => {
    expect(metadataUrls('https://a.example')).toEqual(['https://a.example/.well-known/oauth-authorization-server', 'https://a.example/.well-known/openid-configuration']);
    expect(metadataUrls('https://a.example/t/')).toEqual(['https://a.example/.well-known/oauth-authorization-server/t', 'https://a.example/.well-known/openid-configuration/t', 'https://a.example/t/.well-known/openid-configuration']);
  });
});

describe('R093 mcp-gen check auth: a token', () => {
  test.each<[string, TokenParts]>([
    ['ES256', {}],
    ['RS256', { header: { alg: 'RS256', kid: 'rsa' }, key: rsa.privateKey }],
    ['without a kid', { header: { kid: undefined } }],
    ['several audiences', { claims: { aud: ['https://other.example', audience] } }],
    ['scp as a list', { claims: { scope: undefined, scp: ['notes:read'] } }],
  ])('that is right: %s', async (_, parts) => {
    expect(wrong(await rowsFor(tokenWith(parts)))).toEqual([]);
  });

  test.each<[string, TokenParts, string[]]>([
    ['another issuer', { claims: { iss: 'https://other.example' } }, ['token-issuer fail']],
    ['another audience', { claims: { aud: 'https://other.example' } }, ['token-audience fail']],
    ['no audience', { claims: { aud: undefined } }, ['token-audience fail']],
    ['a key of somebody else', { key: stranger.privateKey }, ['token-signature fail']],
    ['alg none', { header: { alg: 'none' } }, ['token-signature fail']],
    ['HS256', { header: { alg: 'HS256' } }, ['token-signature fail']],
    ['an ID token', { header: { typ: 'JWT' }, claims: { nonce: 'x' } }, ['token-type fail']],
    ['one that ended', { claims: { exp: now - 60, iat: now - 120 } }, ['token-times fail']],
    ['one from the future', { claims: { iat: now + 600, exp: now + 900 } }, ['token-times fail']],
    ['one that lives a month', { claims: { exp: now + 30 * 86_400 } }, ['token-times fail']],
    ['no scope', { claims: { scope: undefined } }, ['token-scopes fail']],
    ['no client', { claims: { client_id: undefined } }, ['token-client fail']],
  ])('that is wrong: %s', async (_, parts, expected) => {
    expect(wrong(await rowsFor(tokenWith(parts)))).toEqual(expected);
  });

  test('is compared with what a profile asks beyond that', async () => {
    const profile = { ...genericTrust(issuer, audience).profile, tokenType: 'at+jwt' as const };
    expect(wrong(await rowsFor(tokenWith({ header: { typ: 'JWT' } }), { profile }))).toEqual(['token-type fail']);
    expect(wrong(await rowsFor(tokenWith(), { clients: ['another'] }))).toEqual(['token-client fail']);
    expect(wrong(await rowsFor(tokenWith(), { equals: { token_use: 'access' } }))).toEqual(['token-token_use fail']);
    expect(wrong(await rowsFor(tokenWith({ claims: { aud: undefined } }), { audienceMode: 'client-allow-list', clients: ['agent'] }))).toEqual([]);
  });

  test('that is opaque can\'t be held against anything', async () => {
    expect(wrong(await rowsFor('ya29.opaque'))).toEqual(['token-form fail']);
  });

  test('comes from stdin, is compared on screen and printed nowhere', async () => {
    const token = tokenWith({ claims: { aud: 'https://other.example' } });
    const ended = await run('gen', ['check', 'auth', '--issuer', issuer, '--audience', audience, '--token-stdin'], { cwd: scratch(), input: `Bearer ${token}\n` });
    expect(ended.code).toBe(3);
    expect(ended.stdout).toContain(`expected ${audience}, received https://other.example`);
    expect(ended.stdout + ended.stderr).not.toContain(token.split('.')[2]);
  });

  test.each([[['--issuer', 'http://issuer.example']], [['--issuer', 'https://issuer.example/?x=1']], [['--issuer', 'issuer.example']]])('%j is refused', async (flags) => {
    expect(await invoke('mcp-gen', ['check', 'auth', ...flags], { cwd: scratch() })).toMatchObject({ code: 2 });
  });

  test('without an issuer and outside of a repository it says what is missing; --json says it too', async () => {
    const ended = await invoke('mcp-gen', ['check', 'auth', '--json'], { cwd: scratch() });
    expect({ code: ended.code, error: documentOf<{ error: { code: string } }>(ended).error.code }).toEqual({ code: 2, error: 'not_a_generated_repo' });
  });
});
