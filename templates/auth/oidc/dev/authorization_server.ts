import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { type Configuration, errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { provider } from '../src/platform/auth/profile.js';
import { ACCOUNTS } from './accounts.js';
import { addSignIn } from './interaction.js';
import { shapeClaims, shapeType } from './token_shape.js';

export interface LocalServerOptions {
  /** 0 takes any free port. */
  readonly port: number;
  /** The URL of the MCP server: tokens are issued for it and for nothing else. */
  readonly resource: string;
  /** Every scope of the MCP server, as clients request them. */
  readonly scopes: readonly string[];
  /** What precedes a scope in a request. */
  readonly scopePrefix?: string;
  /** Life of an access token in seconds; 5 minutes unless given. */
  readonly tokenLifetime?: number;
  /** Client ID metadata documents by URL, for tests that must not use the network. */
  readonly clientDocuments?: Readonly<Record<string, object>>;
}

export interface LocalServer {
  readonly issuer: string;
  close(): Promise<void>;
}

/** A confidential client for the client credentials grant. */
export const SERVICE_CLIENT = { id: 'local-service', secret: 'local-service-secret' } as const;

/**
 * An authorization server for development and tests: loopback only, no
 * passwords, keys and clients in memory. PKCE required, redirect URIs compared
 * exactly, DCR and client ID metadata documents, resource indicators.
 *
 * @throws in production: it lets in whoever asks.
 */
export async function startAuthorizationServer(options: LocalServerOptions): Promise<LocalServer> {
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error('The local authorization server lets in whoever asks, so it does not run with NODE_ENV=production.');
  }
  let handle: ReturnType<Provider['callback']> | undefined;
  const server = createServer((request, response) => void handle?.(request, response));
  await listen(server, options.port);
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const authority = new Provider(issuer, configure(options, await signingKey()));
  addSignIn(authority);
  handle = authority.callback();
  return {
    issuer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
}

function configure(options: LocalServerOptions, key: JWK): Configuration {
  const { resource, scopes, scopePrefix = '', tokenLifetime = 300, clientDocuments = {} } = options;
  const { profile } = provider;
  const [algorithm = 'RS256'] = profile.algorithms;
  const plain = (scope: string): string => (scope.startsWith(scopePrefix) ? scope.slice(scopePrefix.length) : scope);
  return {
    jwks: { keys: [key] },
    cookies: { keys: [crypto.randomUUID()] },
    scopes: ['openid', 'offline_access', ...scopes],
    clients: [
      {
        client_id: SERVICE_CLIENT.id,
        client_secret: SERVICE_CLIENT.secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    clientDefaults: { grant_types: ['authorization_code', 'refresh_token'], id_token_signed_response_alg: 'RS256' },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      registration: { enabled: true },
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo(_context, indicator) {
          if (indicator !== resource) throw new errors.InvalidTarget();
          return {
            scope: scopes.join(' '),
            audience: resource,
            accessTokenTTL: tokenLifetime,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: algorithm as 'RS256' } },
          };
        },
      },
    },
    formats: {
      customizers: {
        jwt(_context, token, jwt) {
          const claims = jwt.payload;
          const subject = String(claims['sub']);
          const facts = {
            subject,
            client: String(claims['client_id']),
            tenant: ACCOUNTS.find(({ name }) => name === subject)?.tenant ?? 'services',
            scopes: String(claims['scope'] ?? '')
              .split(' ')
              .filter((scope) => scope !== '')
              .map(plain),
          };
          delete claims['scope'];
          delete claims['client_id'];
          Object.assign(claims, shapeClaims(facts, profile, scopePrefix));
          jwt.header = { ...jwt.header, typ: shapeType(profile) };
        },
      },
    },
    // A client may ask for more scopes later than it has named when it registered.
    extraClientMetadata: {
      properties: ['x_any_scope'],
      validator(_context, _key, _value, metadata) {
        if (metadata['token_endpoint_auth_method'] === 'none') delete metadata['scope'];
      },
    },
    fetch: (input, init) => {
      const document = clientDocuments[String(input instanceof Request ? input.url : input)];
      return document ? Promise.resolve(Response.json(document)) : fetch(input, init);
    },
    pkce: { required: () => true },
    clientBasedCORS: () => true,
    renderError: (context, { error, error_description: description }) => {
      context.type = 'text';
      context.body = `${error}: ${description}`;
    },
    findAccount: (_context: KoaContextWithOIDC, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: (_context, { uid }) => `/sign-in/${uid}` },
    ttl: {
      AuthorizationCode: 60,
      ClientCredentials: tokenLifetime,
      Grant: 86_400,
      IdToken: 300,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
  };
}

async function signingKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: crypto.randomUUID(), use: 'sig' };
}
