import { defineProvider } from './provider.js';

/** Okta: one custom authorization server per MCP server, because it has exactly one audience. */
export const provider = defineProvider({
  profile: {
    name: 'Okta',
    algorithms: ['RS256'],
    tokenType: 'not-id-token',
    audienceMode: 'required',
    scopeClaims: [{ claim: 'scp', form: 'array' }],
    scopePrefix: 'none',
    scopesInToken: 'short',
    // `sub` is the login, which can change hands; `uid` cannot.
    userClaims: ['uid', 'sub'],
    clientClaims: ['cid'],
    tenant: { claim: 'org_id', otherwise: 'issuer' },
    roleClaims: ['groups'],
    serviceMarkers: [],
    serviceScopes: 'scopes',
    equals: {},
    shim: false,
  },
  variables: {
    OKTA_ISSUER: {
      pattern: /^https:\/\/[a-z0-9.-]+\/oauth2\/[A-Za-z0-9]+$/,
      refusal:
        'must be the issuer of a custom authorization server, which ends in /oauth2/<id>: tokens of the org authorization server are for Okta itself and cannot be verified by anyone else',
      description: 'the issuer of your custom authorization server',
      example: 'https://example.okta.com/oauth2/default',
    },
  },
  locate: (value) => ({ issuer: value('OKTA_ISSUER'), jwksUri: `${value('OKTA_ISSUER')}/v1/keys` }),
});
