import { COMMON_ALGORITHMS, defineProvider } from './provider.js';

/** Any OAuth 2.1 authorization server that issues JWT access tokens by RFC 9068. */
export const provider = defineProvider({
  profile: {
    name: 'OpenID Connect',
    algorithms: [...COMMON_ALGORITHMS, 'ES384'],
    // For a server that only writes `JWT`: 'not-id-token'.
    tokenType: 'at+jwt',
    audienceMode: 'required',
    scopeClaims: [
      { claim: 'scope', form: 'string' },
      { claim: 'scp', form: 'either' },
    ],
    scopePrefix: 'none',
    scopesInToken: 'short',
    userClaims: ['sub'],
    clientClaims: ['client_id', 'azp'],
    tenant: { claim: 'org_id', otherwise: 'issuer' },
    roleClaims: ['roles', 'groups'],
    serviceMarkers: [],
    serviceScopes: 'scopes',
    equals: {},
    shim: false,
  },
  variables: {},
  locate: () => ({ issuer: '' }),
});
