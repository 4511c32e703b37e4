import { defineProvider } from './provider.js';

/** Keycloak 26.6 or later; a realm is a tenant, unless a mapper adds `org_id`. */
export const provider = defineProvider({
  profile: {
    name: 'Keycloak',
    algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    // `at+jwt` is a switch per client, off by default.
    tokenType: 'not-id-token',
    audienceMode: 'required',
    scopeClaims: [{ claim: 'scope', form: 'string' }],
    scopePrefix: 'none',
    scopesInToken: 'short',
    userClaims: ['sub'],
    clientClaims: ['azp'],
    tenant: { claim: 'org_id', otherwise: 'issuer' },
    roleClaims: ['roles', 'groups'],
    serviceMarkers: [{ claim: 'preferred_username', matches: /^service-account-/ }],
    serviceScopes: 'scopes',
    // ID and refresh tokens have the same issuer and keys, and say so here.
    equals: { typ: 'Bearer' },
    shim: false,
  },
  variables: {
    KEYCLOAK_ISSUER: {
      pattern: /^https:\/\/[^\s?#]+\/realms\/[^\s/?#]+$/,
      refusal: 'must be the https URL of the realm without a final slash: https://<host>/realms/<realm>',
      description: 'the URL of your realm',
      example: 'https://sso.example.com/realms/main',
    },
  },
  locate: (value) => ({ issuer: value('KEYCLOAK_ISSUER'), jwksUri: `${value('KEYCLOAK_ISSUER')}/protocol/openid-connect/certs` }),
});
