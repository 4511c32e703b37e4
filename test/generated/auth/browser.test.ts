import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { killDevs, startDev } from './dev.ts';
import type { Dev } from './dev.ts';
import { authRepo } from './repo.ts';

const SCOPES = 'notes:read notes:write';

let dev: Dev;
let browser: Browser;
let page: Page;
let client: Server;
let redirectUri: string;
/** What came back to the client, oldest first. */
let callbacks: URLSearchParams[] = [];
/** What the page complained of, a refused style or form among it. */
let complaints: string[] = [];

beforeAll(async () => {
  client = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (url.pathname === '/callback') callbacks.push(url.searchParams);
    response.end('You may close this window.');
  });
  await new Promise<void>((resolve) => client.listen(0, '127.0.0.1', resolve));
  redirectUri = `http://localhost:${(client.address() as AddressInfo).port}/callback`;
  dev = await startDev(await authRepo());
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
});
afterAll(async () => {
  await browser?.close();
  await dev?.stop();
  client?.close();
  killDevs();
});

// A context of its own for each test: nobody is signed in yet.
beforeEach(async () => {
  [callbacks, complaints] = [[], []];
  page = await (await browser.newContext()).newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
});
afterEach(() => page.context().close());

const json = async (at: string, init: RequestInit) => (await (await fetch(`${dev.issuer}${at}`, init)).json()) as Record<string, string>;

/** Registers a client and opens its authorization URL in the browser. @returns what trades the code for an access token. */
async function open(changes: Record<string, string> = {}): Promise<() => Promise<string>> {
  const metadata = { client_name: 'Browser proof', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none', application_type: 'native' };
  const { client_id: id = '' } = await json('/reg', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(metadata) });
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  const url = new URL('/auth', dev.issuer);
  url.search = new URLSearchParams({ client_id: id, response_type: 'code', redirect_uri: redirectUri, resource: dev.url.href, scope: SCOPES, state: 'mine', code_challenge: challenge, code_challenge_method: 'S256', ...changes }).toString();
  await page.goto(url.href);
  return async () => {
    const body = new URLSearchParams({ grant_type: 'authorization_code', code: callbacks[0]?.get('code') ?? '', redirect_uri: redirectUri, client_id: id, code_verifier: verifier, resource: dev.url.href });
    return (await json('/token', { method: 'POST', body }))['access_token'] ?? '';
  };
}

/** Presses a button of the sign-in page and waits until the browser is back at the client. */
async function press(name: 'Allow' | 'Deny'): Promise<void> {
  await page.getByRole('button', { name }).click();
  await page.waitForURL(`${redirectUri}?*`);
}

async function call(token: string, name: string, args: Record<string, string>): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' };
  return fetch(dev.url, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }) });
}

const write = (token: string, text: string) => call(token, 'create_note', { text, idempotency_key: randomBytes(8).toString('hex') });

test('R093 a person signs in in a browser as either user, and each sees only what is theirs', async () => {
  const text = `seen in a browser ${randomBytes(8).toString('hex')}`;
  const found = async (token: string) => (await call(token, 'search_notes', { query: text })).text();
  const alice = await open();
  expect(await page.getByRole('heading').textContent()).toBe('Local sign-in');
  expect(await page.locator('p').first().textContent()).toBe(`Browser proof wants to use ${dev.url.href} and returns to ${redirectUri}.`);
  expect(await page.getByRole('radio', { name: 'alice (tenant acme)' }).isChecked()).toBe(true);
  for (const scope of SCOPES.split(' ')) expect(await page.getByRole('checkbox', { name: scope }).isChecked()).toBe(true);
  await press('Allow');
  expect(Object.fromEntries(callbacks[0] ?? [])).toEqual({ code: expect.any(String) as string, state: 'mine', iss: dev.issuer });
  const token = await alice();
  expect((await write(token, text)).status).toBe(200);
  expect(await found(token)).toContain(text);

  callbacks = [];
  const bob = await open();
  await page.getByRole('radio', { name: 'bob (tenant globex)' }).check();
  await press('Allow');
  expect(await found(await bob())).toContain('"notes":[]');
  expect(complaints).toEqual([]);
});

test('a person who denies sends the client away without a code', async () => {
  const trade = await open();
  await press('Deny');
  expect(Object.fromEntries(callbacks[0] ?? [])).toEqual({ error: 'access_denied', error_description: 'The user has denied access.', state: 'mine', iss: dev.issuer });
  expect(await trade()).toBe('');
});

test('R092 a wrong redirect URI ends on a page that says so, without a form and without a redirect', async () => {
  await open({ redirect_uri: `${redirectUri}/more` });
  expect(new URL(page.url()).origin).toBe(dev.issuer);
  expect(await page.textContent('body')).toContain('invalid_redirect_uri');
  expect(await page.locator('form').count()).toBe(0);
  expect(callbacks).toEqual([]);
});

test('R083 a scope that the person unticks is not in the token, and its tool is refused', async () => {
  const trade = await open();
  await page.getByRole('checkbox', { name: 'notes:write' }).uncheck();
  await press('Allow');
  const token = await trade();
  expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())).toMatchObject({ sub: 'alice', scope: 'notes:read' });
  expect((await call(token, 'search_notes', { query: '' })).status).toBe(200);
  const refused = await write(token, 'not allowed');
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([403, expect.stringContaining('error="insufficient_scope"') as string]);
});
