import { defineProvider } from './provider.js';

/** Clerk, with JWT access tokens for OAuth applications. */
export const provider = defineProvider({
  profile: {
    name: 'Clerk',
    algorithms: ['RS256'],
    // Session tokens and ID tokens have the same issuer and keys: the type has to tell.
    tokenType: 'at+jwt',
    // Set OAUTH_AUDIENCE_MODE=client-allow-list if the tokens of your instance have no aud.
    audienceMode: 'required',
    scopeClaims: [
      { claim: 'scp', form: 'array' },
      { claim: 'scope', form: 'string' },
    ],
    scopePrefix: 'none',
    scopesInToken: 'short',
    userClaims: ['sub'],
    clientClaims: ['client_id'],
    tenant: { claim: 'org_id', otherwise: 'user' },
    roleClaims: ['org_role'],
    serviceMarkers: [{ claim: 'sub', matches: /^mch_/ }],
    serviceScopes: 'scopes',
    equals: {},
    shim: false,
  },
  variables: {
    CLERK_FRONTEND_API_URL: {
      pattern: /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+$/,
      refusal: 'must be the Frontend API URL with https:// and without a final slash',
      description: 'the Frontend API URL of your Clerk instance',
      example: 'https://clerk.example.com',
    },
  },
  locate: (value) => ({
    issuer: value('CLERK_FRONTEND_API_URL'),
    jwksUri: `${value('CLERK_FRONTEND_API_URL')}/.well-known/jwks.json`,
  }),
});
