import {
  Client,
  ClientCredentialsProvider,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';
import { expect, onTestFinished, test } from 'vitest';
import { allScopes, environmentFor, RESOURCE, SCOPE_PREFIX } from '../dev/auth.js';
import { SERVICE_CLIENT, startAuthorizationServer } from '../dev/authorization_server.js';
import { signInAs } from '../dev/sign_in.js';
import { access } from '../src/access.js';
import { authSettings } from '../src/platform/auth/settings.js';
import { loadEnvironment } from '../src/platform/config/environment.js';
import { createApp } from '../src/platform/http/app.js';
import { deriveHttpConfig } from '../src/platform/http/config.js';
import { tools } from '../src/tools/index.js';
import { CLIENT_METADATA, Person } from './person.js';
import { ERAS, type Era, startServer } from './kit.js';

const CLIENT_DOCUMENT = 'https://client.example.com/client.json';

/** The server of this repo beside the local authorization server, and clients of both. */
async function startWorld(environment: Record<string, string> = {}) {
  const local = await startAuthorizationServer({
    port: 0,
    resource: RESOURCE,
    scopes: allScopes(),
    scopePrefix: SCOPE_PREFIX,
    clientDocuments: { [CLIENT_DOCUMENT]: { ...CLIENT_METADATA, client_id: CLIENT_DOCUMENT } },
  });
  onTestFinished(() => local.close());
  const { runtime, logs } = startServer();
  const app = createApp(deriveHttpConfig(loadEnvironment(authSettings, { ...environmentFor(local), ...environment })), runtime);
  onTestFinished(() => app.close());
  const url = new URL(RESOURCE);
  const reach: typeof fetch = (input, init) => {
    const request = new Request(input, init);
    return new URL(request.url).origin === url.origin ? app.fetch(request) : fetch(request);
  };
  const connect = async (
    authProvider: OAuthClientProvider,
    era: Era,
  ): Promise<{ client: Client; transport: StreamableHTTPClientTransport }> => {
    const open = async () => {
      const transport = new StreamableHTTPClientTransport(url, { authProvider, fetch: reach });
      const client = new Client(
        { name: 'test', version: '1.0.0' },
        { versionNegotiation: { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' } },
      );
      await client.connect(transport).catch(async (error: unknown) => {
        if (!(error instanceof UnauthorizedError) || !(authProvider instanceof Person)) throw error;
        await transport.finishAuth(authProvider.callback);
        throw error;
      });
      return { client, transport };
    };
    const connected = await open().catch((error: unknown) => {
      if (error instanceof UnauthorizedError) return open();
      throw error;
    });
    onTestFinished(() => connected.client.close());
    return connected;
  };
  return { issuer: local.issuer, app, runtime, logs, connect };
}

test.each(
  ERAS.flatMap(
    (era) =>
      [
        [era, 'registration'],
        [era, 'a document of its own'],
      ] as const,
  ),
)('a %s client with %s signs in and calls', async (era, identity) => {
  const { connect, logs } = await startWorld();
  const alice = new Person(identity === 'registration' ? {} : { clientMetadataUrl: CLIENT_DOCUMENT });
  const { client } = await connect(alice, era);
  expect((await client.listTools()).tools).toBeInstanceOf(Array);
  expect(alice.signIns).toBe(1);
  const token = alice.tokens()?.access_token ?? 'none';
  expect(logs.join('')).not.toContain(token);
  expect(logs.join('')).not.toContain(token.split('.')[2]);
});

test.each(ERAS)('a %s client acts for itself where that is allowed', async (era) => {
  const allowed = await startWorld({ ALLOW_SERVICE_TOKENS: 'true' });
  const provider = () =>
    new ClientCredentialsProvider({
      clientId: SERVICE_CLIENT.id,
      clientSecret: SERVICE_CLIENT.secret,
      expectedIssuer: allowed.issuer,
      scope: allScopes().join(' '),
    });
  expect((await (await allowed.connect(provider(), era)).client.listTools()).tools).toBeInstanceOf(Array);
});

test('a token that is no longer taken is refreshed without the person', async () => {
  const { connect } = await startWorld();
  const alice = new Person();
  const { client } = await connect(alice, 'modern');
  const tokens = alice.tokens();
  if (tokens) alice.saveTokens({ ...tokens, access_token: 'no.longer.good' });
  await client.listTools();
  expect(alice.tokens()?.access_token).not.toBe('no.longer.good');
  expect(alice.signIns).toBe(1);
});

const items: readonly { readonly name: string; readonly scopes: readonly string[] }[] = tools;

// A tool that needs more than what everyone signs in with.
const demanding = items.find(({ scopes }) => scopes.some((scope) => !(access.baseScopes as readonly string[]).includes(scope)));

test.runIf(demanding).each(ERAS)('a %s client asks for more scopes when a tool needs them', async (era) => {
  const { connect, logs } = await startWorld();
  const alice = new Person();
  const { client, transport } = await connect(alice, era);
  const call = () => client.callTool({ name: demanding?.name ?? '', arguments: {} });
  await expect(call()).rejects.toThrow(UnauthorizedError);
  expect(alice.signIns).toBe(2);
  await transport.finishAuth(alice.callback);
  // The arguments are not what this is about.
  expect((await call()).isError).toBe(true);
  expect(logs.join('')).toContain('"decision_reason":"scope"');
});

test('a person can say no, and nobody can redirect elsewhere', async () => {
  const { issuer } = await startWorld();
  const registered = await fetch(`${issuer}/reg`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(CLIENT_METADATA),
  });
  const { client_id: clientId } = (await registered.json()) as { client_id: string };
  const ask = (changes: Record<string, string>): URL => {
    const url = new URL('/auth', issuer);
    const [redirectUri = ''] = CLIENT_METADATA.redirect_uris;
    const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
    url.search = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      resource: RESOURCE,
      scope: allScopes().join(' '),
      ...challenge,
      ...changes,
    }).toString();
    return url;
  };
  expect((await signInAs('alice', ask({}), { action: 'deny' })).get('error')).toBe('access_denied');
  await expect(signInAs('alice', ask({ redirect_uri: 'http://localhost:9/callback/evil' }))).rejects.toThrow('400');
  expect((await signInAs('alice', ask({ code_challenge: '' }))).get('error')).toBe('invalid_request');
  expect((await signInAs('alice', ask({ resource: 'https://other.example.com/mcp' }))).get('error')).toBe('invalid_target');
});
