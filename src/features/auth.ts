import type { AuthProvider, EnvironmentVariable, Operations } from './feature.ts';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A host name, not an address on this machine. */
const DOMAIN = /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$/;

/** Overrides of what the provider's own variables say, and the switches that every provider has. */
function environment(defaults: { readonly audience?: string; readonly mode?: string; readonly prefix?: string; readonly shim?: true; readonly issuer?: false } = {}): EnvironmentVariable[] {
  const { audience = 'MCP_PUBLIC_URL', mode = 'required', prefix = 'nothing', shim, issuer } = defaults;
  return [
    ...(issuer === false ? [] : [{ name: 'OAUTH_ISSUER', value: '', about: 'the authorization server, exactly as in the iss claim; replaces what the variables above say' }]),
    { name: 'OAUTH_JWKS_URI', value: '', about: 'where its keys are, when its metadata does not say' },
    { name: 'OAUTH_AUDIENCE', value: '', about: `accepted aud values, comma-separated; ${audience} unless set` },
    { name: 'OAUTH_AUDIENCE_MODE', value: mode, about: 'required, or client-allow-list: tokens without aud are accepted from the listed clients only' },
    { name: 'OAUTH_ALLOWED_CLIENT_IDS', value: '', about: 'the only clients and actors that may call, comma-separated; everyone unless set' },
    { name: 'OAUTH_SCOPE_PREFIX', value: '', about: `what clients put before each scope when they request it; ${prefix} unless set` },
    { name: 'ALLOW_SERVICE_TOKENS', value: 'false', about: 'true accepts tokens that no user stands behind' },
    { name: 'TOKEN_CACHE', value: 'false', about: 'true remembers verified tokens for up to 30 s' },
    ...(shim ? [{ name: 'OAUTH_METADATA_SHIM', value: 'false', about: "true serves a copy of the provider's metadata that mentions PKCE, for clients that insist on it" }] : []),
    { name: 'DEV_AUTH_PORT', value: '3001', about: 'port of the local authorization server of the dev script; PORT + 1 unless set' },
  ];
}

const operations: Operations = {
  refusals: [
    { sign: 'Tokens cannot be checked at the moment.', means: "the provider's keys have not been read yet and cannot be; nobody is let in, nobody is told to sign in again", first: 'as `auth.keys_unavailable` below' },
  ],
  reasons: [
    { sign: '`no_token`, `not_bearer`', means: 'there is no access token, which is how every client begins', first: 'nothing, unless a client never gets further: then it does not follow `resource_metadata` of the challenge' },
    { sign: '`malformed_header`, `token_in_url`, `token_too_long`, `not_a_jwt`', means: 'what was sent can be no token of this server', first: 'look at the client; for opaque tokens at `docs/auth.md`' },
    { sign: '`expired`, `expiry`, `not_yet_valid`, `issued_in_future`, `lifetime`', means: 'the time of the token is over or has not begun, it has none, or lives longer than a day', first: '`date -u`, here and at the provider' },
    { sign: '`issuer`, `audience`, `token_type`, `id_token`, `subject`, `tenant`, `client`, `claim_...`', means: 'the token is by or for somebody else, is no access token, or does not say whom it stands for', first: '`docs/auth.md`' },
    { sign: '`jws_...`, `jwt_...`, `jwks_...`, `jose_...`, `weak_key`', means: "the signature does not stand up to the provider's keys", first: 'from everybody: is the provider the one that is configured? From one network: somebody tries' },
    { sign: '`bound_token`', means: 'the token is bound to a key (RFC 9449, RFC 8705), which this server does not check', first: 'let the client ask for a plain bearer token' },
    { sign: '`base_scopes`, `scope`', means: 'a scope was not granted, or `permitted` of `src/access.ts` does not allow it', first: 'compare `required_scopes` of the record with what the user has agreed to' },
    { sign: '`client_not_allowed`, `actor_not_allowed`, `actor_chain`, `service_token`', means: 'the token is good, and who sends it is not let in', first: 'should it be? `OAUTH_ALLOWED_CLIENT_IDS` and `ALLOW_SERVICE_TOKENS` say who is' },
    { sign: '`keys_unavailable`', means: 'nobody can be recognized at the moment', first: 'as `auth.keys_unavailable` below' },
  ],
  events: [
    { sign: '`auth.keys_unavailable`', means: "the provider's keys cannot be read; known ones are used on for an hour, without any requests are answered with 503", first: '`curl -s <issuer>/.well-known/openid-configuration` from this machine, with the `issuer` of the event, then the `jwks_uri` that it names' },
    { sign: '`auth.denied`', means: 'outside of production: a request was refused, with what was expected and what came', first: '`docs/auth.md`, by its `reason`; in production *why not* in the log' },
    { sign: '`auth.no_audience`', means: 'tokens without `aud` are accepted from the listed clients: they need not have been issued for this server', first: '`OAUTH_AUDIENCE_MODE=required` as soon as the provider can bind tokens to a resource' },
  ],
};

/** Where the provider's metadata may be served in a copy. */
const shimOperations: Operations = {
  ...operations,
  refusals: [...(operations.refusals ?? []), { sign: 'The metadata of the authorization server is not available.', means: 'as `auth.metadata_unavailable` below', first: 'is `OAUTH_METADATA_SHIM` still needed?' }],
  events: [
    ...(operations.events ?? []),
    { sign: '`auth.metadata_unavailable`', means: "the copy of the provider's metadata (`OAUTH_METADATA_SHIM`) cannot be made: clients cannot find where to sign in", first: '`curl -s <issuer>/.well-known/openid-configuration` from this machine, with the `issuer` of the event' },
  ],
};

const signingIn = {
  dependencies: ['jose'],
  devDependencies: ['@types/oidc-provider', 'oidc-provider'],
  scripts: { dev: 'tsx dev/serve.ts', 'dev:auth': 'tsx dev/auth_only.ts' },
  operations,
} as const;

/** First is the default. */
export const authProviders = [
  {
    id: 'oidc',
    title: 'OpenID Connect / OAuth 2.1',
    hint: 'any authorization server that issues JWT access tokens for this server',
    templates: ['auth/oidc', 'auth/generic'],
    ...signingIn,
    inputs: [
      {
        key: 'issuer',
        variable: 'OAUTH_ISSUER',
        about: 'the authorization server, exactly as in the iss claim of its tokens; required in production',
        // Plain http is for loopback.
        pattern: /^(https:\/\/[^\s/?#@]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?)(\/[^\s?#]*)?$/,
        refusal: 'must be an https URL without query and fragment; plain http is for loopback only, because tokens and keys travel there',
        example: 'https://auth.example.com',
      },
    ],
    environment: environment({ issuer: false }),
  },
  {
    id: 'auth0',
    title: 'Auth0',
    hint: 'one API per server; needs the resource parameter profile',
    templates: ['auth/oidc', 'auth/auth0'],
    ...signingIn,
    inputs: [{ key: 'domain', variable: 'AUTH0_DOMAIN', about: 'domain of the Auth0 tenant, or its custom domain', pattern: DOMAIN, refusal: 'must be the bare domain of the tenant or its custom domain, without https:// and without a slash', example: 'example.eu.auth0.com' }],
    environment: environment(),
  },
  {
    id: 'okta',
    title: 'Okta',
    hint: 'a custom authorization server per MCP server (API Access Management)',
    templates: ['auth/oidc', 'auth/okta'],
    ...signingIn,
    inputs: [
      {
        key: 'issuer',
        variable: 'OKTA_ISSUER',
        about: 'issuer of the custom authorization server',
        pattern: /^https:\/\/[a-z0-9.-]+\/oauth2\/[A-Za-z0-9]+$/,
        refusal: 'must be the issuer of a custom authorization server, which ends in /oauth2/<id>: tokens of the org authorization server are for Okta itself and cannot be verified by anyone else',
        example: 'https://example.okta.com/oauth2/default',
      },
    ],
    environment: environment(),
  },
  {
    id: 'entra',
    title: 'Microsoft Entra ID',
    hint: 'one tenant; clients are registered by hand',
    templates: ['auth/oidc', 'auth/entra'],
    ...signingIn,
    operations: shimOperations,
    inputs: [
      {
        key: 'tenant',
        variable: 'ENTRA_TENANT_ID',
        about: 'Directory (tenant) ID',
        pattern: GUID,
        refusal: 'must be the Directory (tenant) ID, a GUID in lower case: common, organizations and consumers are not issuers, tokens carry the real tenant',
        example: '00000000-0000-4000-8000-000000000000',
      },
      { key: 'clientId', variable: 'ENTRA_CLIENT_ID', about: 'Application (client) ID of this server', pattern: GUID, refusal: 'must be the Application (client) ID of this server, a GUID in lower case', example: '00000000-0000-4000-8000-000000000001' },
    ],
    environment: environment({ audience: 'ENTRA_CLIENT_ID', prefix: 'MCP_PUBLIC_URL and a slash', shim: true }),
  },
  {
    id: 'keycloak',
    title: 'Keycloak',
    hint: '26.6 or later; needs an audience mapper',
    templates: ['auth/oidc', 'auth/keycloak'],
    ...signingIn,
    inputs: [
      {
        key: 'issuer',
        variable: 'KEYCLOAK_ISSUER',
        about: 'URL of the realm',
        pattern: /^https:\/\/[^\s?#]+\/realms\/[^\s/?#]+$/,
        refusal: 'must be the https URL of the realm without a final slash: https://<host>/realms/<realm>',
        example: 'https://sso.example.com/realms/main',
      },
    ],
    environment: environment(),
  },
  {
    id: 'cognito',
    title: 'Amazon Cognito',
    hint: 'clients are registered by hand and listed',
    templates: ['auth/oidc', 'auth/cognito'],
    ...signingIn,
    operations: shimOperations,
    inputs: [
      { key: 'region', variable: 'COGNITO_REGION', about: 'AWS region of the user pool', pattern: /^[a-z]{2}(-[a-z]+)+-\d$/, refusal: 'must be the region of the user pool, as eu-central-1', example: 'eu-central-1' },
      { key: 'userPoolId', variable: 'COGNITO_USER_POOL_ID', about: 'id of the user pool', pattern: /^[a-z]{2}(-[a-z]+)+-\d_[A-Za-z0-9]+$/, refusal: 'must be the id of the user pool: region, underscore, name', example: 'eu-central-1_EXAMPLE' },
      { key: 'clientIds', variable: 'COGNITO_CLIENT_IDS', about: 'app clients whose tokens are accepted, comma-separated', pattern: /^[a-z0-9]{1,128}(\s*,\s*[a-z0-9]{1,128})*$/, refusal: 'must be app client ids, comma-separated', example: '1example23456789' },
    ],
    environment: environment({ mode: 'client-allow-list', prefix: 'MCP_PUBLIC_URL and a slash', shim: true }),
  },
  {
    id: 'clerk',
    title: 'Clerk',
    hint: 'JWT access tokens have to be on',
    templates: ['auth/oidc', 'auth/clerk'],
    ...signingIn,
    inputs: [{ key: 'frontendApi', variable: 'CLERK_FRONTEND_API_URL', about: 'Frontend API URL of the Clerk instance', pattern: /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+$/, refusal: 'must be the Frontend API URL with https:// and without a final slash', example: 'https://clerk.example.com' }],
    environment: environment(),
  },
  {
    id: 'workos',
    title: 'WorkOS AuthKit',
    hint: 'resource indicators have to be listed',
    templates: ['auth/oidc', 'auth/workos'],
    ...signingIn,
    inputs: [{ key: 'domain', variable: 'WORKOS_AUTHKIT_DOMAIN', about: 'AuthKit domain', pattern: DOMAIN, refusal: 'must be the bare AuthKit domain, without https:// and without a slash', example: 'example.authkit.app' }],
    environment: environment(),
  },
  {
    id: 'none',
    title: 'None',
    hint: 'whoever reaches it may call it; binds loopback only',
    templates: ['auth/none'],
    inputs: [],
    operations: { events: [{ sign: '`auth.none`', means: 'the server is reachable from other machines and lets everybody in', first: 'make sure that what stands in front of it authenticates; otherwise `HOST=localhost`' }] },
    environment: [{ name: 'ALLOW_UNAUTHENTICATED', value: 'false', about: 'true is needed to bind off loopback: anyone who reaches the port may call every tool' }],
  },
] as const satisfies readonly AuthProvider[];
