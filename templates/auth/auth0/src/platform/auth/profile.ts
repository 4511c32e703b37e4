import { defineProvider } from './provider.js';

/** Auth0: one API per server, its identifier is the resource. */
export const provider = defineProvider({
  profile: {
    name: 'Auth0',
    algorithms: ['RS256', 'PS256'],
    // The default token dialect writes `JWT`; the RFC 9068 one `at+jwt`.
    tokenType: 'not-id-token',
    audienceMode: 'required',
    scopeClaims: [{ claim: 'scope', form: 'string' }],
    scopePrefix: 'none',
    scopesInToken: 'short',
    userClaims: ['sub'],
    clientClaims: ['client_id', 'azp'],
    tenant: { claim: 'org_id', otherwise: 'user' },
    roleClaims: ['roles'],
    permissionsClaim: 'permissions',
    serviceMarkers: [
      { claim: 'sub', matches: /@clients$/ },
      { claim: 'gty', matches: /^client-credentials$/ },
    ],
    serviceScopes: 'scopes',
    equals: {},
    shim: false,
  },
  variables: {
    AUTH0_DOMAIN: {
      pattern: /^(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+$/,
      refusal: 'must be the bare domain of the tenant or its custom domain, without https:// and without a slash',
      description: 'the domain of your Auth0 tenant',
      example: 'example.eu.auth0.com',
    },
  },
  // The final slash is part of Auth0's issuer.
  locate: (value) => ({
    issuer: `https://${value('AUTH0_DOMAIN')}/`,
    jwksUri: `https://${value('AUTH0_DOMAIN')}/.well-known/jwks.json`,
  }),
});
