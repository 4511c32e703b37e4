import { defineProvider } from './provider.js';

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Microsoft Entra ID, v2 tokens of one tenant. */
export const provider = defineProvider({
  profile: {
    name: 'Microsoft Entra ID',
    algorithms: ['RS256'],
    tokenType: 'not-id-token',
    audienceMode: 'required',
    scopeClaims: [{ claim: 'scp', form: 'string' }],
    // Clients request `<Application ID URI>/<scope>`; the token has the short name.
    scopePrefix: 'resource',
    scopesInToken: 'short',
    userClaims: ['oid', 'sub'],
    clientClaims: ['azp'],
    tenant: { claim: 'tid', otherwise: 'refuse' },
    roleClaims: ['roles'],
    serviceMarkers: [
      { claim: 'idtyp', matches: /^app$/ },
      { claim: 'scp', matches: /^$/ },
    ],
    serviceScopes: 'roles',
    equals: { ver: '2.0' },
    shim: true,
  },
  variables: {
    ENTRA_TENANT_ID: {
      pattern: GUID,
      refusal:
        'must be the GUID of your tenant in lower case: common, organizations and consumers are not issuers, tokens carry the real tenant',
      description: 'Directory (tenant) ID',
      example: '00000000-0000-4000-8000-000000000000',
    },
    ENTRA_CLIENT_ID: {
      pattern: GUID,
      refusal: 'must be the GUID of the app registration of this server in lower case; it is what v2 tokens have in aud',
      description: 'Application (client) ID of the API',
      example: '00000000-0000-4000-8000-000000000001',
    },
  },
  locate: (value) => ({
    issuer: `https://login.microsoftonline.com/${value('ENTRA_TENANT_ID')}/v2.0`,
    jwksUri: `https://login.microsoftonline.com/${value('ENTRA_TENANT_ID')}/discovery/v2.0/keys`,
    audiences: [value('ENTRA_CLIENT_ID')],
    equals: { tid: value('ENTRA_TENANT_ID') },
  }),
});
