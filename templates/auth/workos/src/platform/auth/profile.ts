import { defineProvider } from './provider.js';

/** WorkOS AuthKit. */
export const provider = defineProvider({
  profile: {
    name: 'WorkOS AuthKit',
    algorithms: ['RS256'],
    tokenType: 'not-id-token',
    // Tokens of clients that send no `resource` are for the environment, not for this server.
    audienceMode: 'required',
    scopeClaims: [{ claim: 'scope', form: 'string' }],
    scopePrefix: 'none',
    scopesInToken: 'short',
    userClaims: ['sub'],
    clientClaims: ['client_id'],
    tenant: { claim: 'org_id', otherwise: 'user' },
    roleClaims: ['role', 'roles'],
    serviceMarkers: [{ claim: 'sub', matches: /^client_/ }],
    serviceScopes: 'scopes',
    equals: {},
    shim: false,
  },
  variables: {
    WORKOS_AUTHKIT_DOMAIN: {
      pattern: /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$/,
      refusal: 'must be the bare AuthKit domain, without https:// and without a slash',
      description: 'your AuthKit domain',
      example: 'example.authkit.app',
    },
  },
  locate: (value) => ({
    issuer: `https://${value('WORKOS_AUTHKIT_DOMAIN')}`,
    jwksUri: `https://${value('WORKOS_AUTHKIT_DOMAIN')}/oauth2/jwks`,
  }),
});
