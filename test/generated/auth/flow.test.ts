import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client as V2Client, ClientCredentialsProvider, StreamableHTTPClientTransport as V2Http, UnauthorizedError as V2Unauthorized } from '@modelcontextprotocol/client';
import { UnauthorizedError as V1Unauthorized } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as V1Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as V1Http } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { freePort, serverEnv } from '../start.ts';
import { until } from '../wire/server.ts';
import { killDevs, startDev } from './dev.ts';
import type { Dev } from './dev.ts';
import { authRepo, providers } from './repo.ts';

const tsx = path.join(inject('workspace'), 'node_modules/tsx/dist/cli.mjs');
const redirectUri = 'http://localhost:9/callback';
const metadata = { client_name: 'proof', redirect_uris: [redirectUri], grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], token_endpoint_auth_method: 'none', application_type: 'native' };

/** Plays the browser: follows redirects, fills in the sign-in page. */
async function browse(start: URL, account: string, action = 'allow'): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let [url, form]: [URL, URLSearchParams | undefined] = [start, undefined];
  for (let hop = 0; hop < 10; hop++) {
    const answer: Response = await fetch(url, { redirect: 'manual', headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') }, ...(form && { method: 'POST', body: form }) });
    for (const line of answer.headers.getSetCookie()) cookies.set(line.split('=', 1)[0] ?? '', line.split(';', 1)[0]?.split('=').slice(1).join('=') ?? '');
    const location = answer.headers.get('location');
    if (location === null) {
      const page = await answer.text();
      if (!answer.ok) throw new Error(page);
      form = new URLSearchParams({ account, action });
      for (const [, scope = ''] of page.matchAll(/name="scope" value="([^"]*)"/g)) form.append('scope', scope);
      continue;
    }
    [url, form] = [new URL(location, url), undefined];
    if (url.href.startsWith(redirectUri)) return url.searchParams;
  }
  throw new Error('a circle');
}

/** What a client keeps, for both generations of the SDK. */
class Memory {
  readonly redirectUrl = redirectUri;
  readonly clientMetadata = metadata;
  callback = new URLSearchParams();
  asked: URL[] = [];
  kept: Record<string, unknown> = {};
  constructor(
    private readonly account: string,
    private readonly action = 'allow',
  ) {}
  clientInformation = () => this.kept['client'] as never;
  saveClientInformation = (client: unknown) => void (this.kept['client'] = client);
  tokens = () => this.kept['tokens'] as never;
  saveTokens = (tokens: unknown) => void (this.kept['tokens'] = tokens);
  discoveryState = () => this.kept['discovery'] as never;
  saveDiscoveryState = (state: unknown) => void (this.kept['discovery'] = state);
  saveCodeVerifier = (verifier: string) => void (this.kept['verifier'] = verifier);
  codeVerifier = () => String(this.kept['verifier']);
  redirectToAuthorization = async (url: URL) => {
    this.asked.push(url);
    this.callback = await browse(url, this.account, this.action);
  };
}

type Call = (name: string, args: Record<string, unknown>) => Promise<{ isError?: boolean; structuredContent?: Record<string, unknown> }>;
type Open = (url: URL, memory: Memory) => Promise<{ call: Call; close: () => Promise<void> }>;

/** Signs in when the server asks for it, as often as it takes, at most three times. */
async function signingIn<T>(work: () => Promise<T>, finish: () => Promise<void>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof V1Unauthorized || error instanceof V2Unauthorized) || attempt === 3) throw error;
      await finish();
    }
  }
}

const v2 = (mode: 'auto' | 'legacy' | { pin: string }): Open => async (url, memory) => {
  let transport!: V2Http;
  const finish = () => transport.finishAuth(memory.callback);
  const client = await signingIn(async () => {
    const fresh = new V2Client({ name: 'proof', version: '1.0.0' }, { versionNegotiation: { mode } });
    transport = new V2Http(url, { authProvider: memory });
    await fresh.connect(transport);
    return fresh;
  }, finish);
  return { call: (name, args) => signingIn(() => client.callTool({ name, arguments: args }) as ReturnType<Call>, finish), close: () => client.close() };
};

const v1: Open = async (url, memory) => {
  let transport!: V1Http;
  const finish = () => transport.finishAuth(memory.callback.get('code') ?? '');
  const client = await signingIn(async () => {
    const fresh = new V1Client({ name: 'proof', version: '1.0.0' });
    transport = new V1Http(url, { authProvider: memory as never });
    await fresh.connect(transport as never);
    return fresh;
  }, finish);
  return { call: (name, args) => signingIn(() => client.callTool({ name, arguments: args }) as ReturnType<Call>, finish), close: () => client.close() };
};

const clients: Record<string, Open> = {
  'v2 client, negotiating': v2('auto'),
  'v2 client, 2026-07-28': v2({ pin: '2026-07-28' }),
  'v2 client, 2025 era': v2('legacy'),
  'v1 client': v1,
};

const key = () => randomBytes(8).toString('hex');

/** A token by hand, as a script gets one. */
async function obtain({ issuer, url }: Dev, account: string, scope: string): Promise<string> {
  const json = async (at: string, init: RequestInit) => (await (await fetch(`${issuer}${at}`, init)).json()) as Record<string, string>;
  const { client_id: id = '' } = await json('/reg', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(metadata) });
  const verifier = randomBytes(32).toString('base64url');
  const authorize = new URL('/auth', issuer);
  authorize.search = new URLSearchParams({ client_id: id, response_type: 'code', redirect_uri: redirectUri, resource: url.href, scope, code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' }).toString();
  const code = (await browse(authorize, account)).get('code') ?? '';
  return (await json('/token', { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, client_id: id, code_verifier: verifier, resource: url.href }) }))['access_token'] ?? '';
}

afterAll(killDevs);

describe('npm run dev of a generic repo', () => {
  let dev: Dev;
  beforeAll(async () => {
    dev = await startDev(await authRepo(), { ALLOW_SERVICE_TOKENS: 'true' });
  });
  afterAll(() => dev.stop());

  test.each(Object.entries(clients))('R093 R083 the %s registers, signs in, calls, and steps up to a second scope', async (_, open) => {
    const memory = new Memory('alice');
    const { call, close } = await open(dev.url, memory);
    const text = `note ${key()}`;
    expect((await call('search_notes', { query: '' })).isError).toBeFalsy();
    expect(memory.asked.length).toBe(1);
    expect(memory.asked[0]?.searchParams.get('code_challenge_method')).toBe('S256');
    expect(memory.asked[0]?.searchParams.get('resource')).toBe(dev.url.href);
    const created = await call('create_note', { text, idempotency_key: key() });
    expect(created.isError).toBeFalsy();
    expect(memory.asked.length).toBe(2);
    expect(memory.asked[1]?.searchParams.get('scope')?.split(' ')).toEqual(expect.arrayContaining(['notes:read', 'notes:write']));
    expect(JSON.stringify(await call('search_notes', { query: text }))).toContain(text);

    const bob = new Memory('bob');
    const other = await open(dev.url, bob);
    expect((await other.call('search_notes', { query: text })).structuredContent).toEqual({ notes: [] });
    await Promise.all([close(), other.close()]);
    for (const { kept } of [memory, bob]) expect(dev.output()).not.toContain((kept['tokens'] as { access_token: string }).access_token);
  });

  // The v1 client does not ask for offline access, and so gets no refresh token.
  test.each(Object.entries(clients).filter(([name]) => name !== 'v1 client'))('R095 the %s refreshes a token that is no longer taken', async (_, open) => {
    const memory = new Memory('alice');
    const first = await open(dev.url, memory);
    await first.close();
    const tokens = memory.kept['tokens'] as { access_token: string; refresh_token?: string };
    expect(tokens.refresh_token).toBeTruthy();
    memory.saveTokens({ ...tokens, access_token: 'a.b.c' });
    const second = await open(dev.url, memory);
    expect((await second.call('search_notes', { query: '' })).isError).toBeFalsy();
    expect(memory.asked.length).toBe(1);
    await second.close();
  });

  test('R096 an agent signs in for itself', async () => {
    const authProvider = new ClientCredentialsProvider({ clientId: 'local-service', clientSecret: 'local-service-secret', expectedIssuer: dev.issuer, scope: 'notes:read' });
    const client = new V2Client({ name: 'proof', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new V2Http(dev.url, { authProvider }));
    expect((await client.listTools()).tools.length).toBe(3);
    await client.close();
  });

  test('a person who says no is not let in', async () => {
    await expect(v2('auto')(dev.url, new Memory('alice', 'deny'))).rejects.toThrow('The user has denied access.');
  });

  test('R085 R092 R094 PKCE, exact redirects and a known resource are required', async () => {
    const json = await fetch(`${dev.issuer}/reg`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(metadata) }).then((answer) => answer.json() as Promise<{ client_id: string }>);
    const good = { client_id: json.client_id, response_type: 'code', redirect_uri: redirectUri, resource: dev.url.href, scope: 'notes:read', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
    const ask = async (changes: Record<string, string>) => {
      const url = new URL('/auth', dev.issuer);
      url.search = new URLSearchParams({ ...good, ...changes }).toString();
      return fetch(url, { redirect: 'manual' });
    };
    expect((await ask({})).headers.get('location')).toMatch(/^(http:\/\/localhost:\d+)?\/sign-in\//);
    for (const wrong of [`${redirectUri}/more`, redirectUri.toUpperCase(), 'http://evil.example/callback', 'http://localhost:9/CALLBACK']) expect((await ask({ redirect_uri: wrong })).status).toBe(400);
    for (const changes of [{ code_challenge: '', code_challenge_method: '' }, { code_challenge_method: 'plain' }, { resource: 'https://other.example.com/mcp' }]) {
      expect(new URL((await ask(changes)).headers.get('location') ?? '', dev.issuer).searchParams.get('error')).toMatch(/invalid_request|invalid_target/);
    }
  });

  test('its metadata says what clients look for', async () => {
    const document = (await (await fetch(`${dev.issuer}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>;
    expect(document).toMatchObject({ issuer: dev.issuer, code_challenge_methods_supported: ['S256'], client_id_metadata_document_supported: true, authorization_response_iss_parameter_supported: true, registration_endpoint: expect.any(String) as string });
  });

  test('a page of another origin can neither be framed by scripts nor inject into it', async () => {
    const registered = await fetch(`${dev.issuer}/reg`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...metadata, client_name: '<script>alert(1)</script>' }) }).then((answer) => answer.json() as Promise<{ client_id: string }>);
    const url = new URL('/auth', dev.issuer);
    url.search = new URLSearchParams({ client_id: registered.client_id, response_type: 'code', redirect_uri: redirectUri, resource: dev.url.href, scope: 'notes:read', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' }).toString();
    const first = await fetch(url, { redirect: 'manual' });
    const cookie = first.headers.getSetCookie().map((line) => line.split(';', 1)[0]).join('; ');
    const page = await fetch(new URL(first.headers.get('location') ?? '', dev.issuer), { headers: { cookie } });
    const text = await page.text();
    expect(text).toContain('&lt;script&gt;alert(1)');
    expect(text).not.toContain('<script>');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

describe('npm run dev', () => {
  let dev: Dev | undefined;
  afterEach(async () => {
    await dev?.stop();
    dev = undefined;
  });

  test.each(providers)('signs in locally with --auth %s and an empty environment', async (provider) => {
    dev = await startDev(await authRepo(provider));
    const scope = /scope="([^"]*)"/.exec((await fetch(dev.url, { method: 'POST' })).headers.get('www-authenticate') ?? '')?.[1] ?? '';
    const token = await obtain(dev, 'bob', scope);
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'search_notes', arguments: { query: '' } } });
    const answer = await fetch(dev.url, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' }, body });
    expect([answer.status, JSON.stringify(await answer.json())]).toEqual([200, expect.stringContaining('notes')]);
    await until(() => dev?.output().includes('"tenant_id":"globex"') ?? false);
  });

  test('signs in at the provider when the environment names one', async () => {
    dev = await startDev(await authRepo('auth0'), { AUTH0_DOMAIN: 'example.eu.auth0.com' });
    expect(dev.output()).toContain('Auth0');
    await expect(fetch(dev.issuer)).rejects.toThrow('fetch failed');
  });
});

test('R091 the local authorization server refuses production, and is not in the build', async () => {
  const repo = await authRepo();
  for (const script of ['dev/auth_only.ts', 'dev/serve.ts']) {
    const port = String(await freePort());
    const ended = await promisify(execFile)(process.execPath, [tsx, script], { cwd: repo, env: serverEnv({ NODE_ENV: 'production', PORT: port }), timeout: 20_000 }).then(
      () => undefined,
      (error: { code: number; stderr: string }) => error,
    );
    expect(ended?.code).toBe(1);
    expect(ended?.stderr).toContain('production');
  }
  expect(existsSync(path.join(repo, 'dist/auth_only.js'))).toBe(false);
  const { stdout } = await promisify(execFile)('grep', ['-c', 'local-service-secret\\|/sign-in/', path.join(repo, 'dist/node.js')]).catch((error: { stdout: string }) => error);
  expect(stdout.trim()).toBe('0');
});
