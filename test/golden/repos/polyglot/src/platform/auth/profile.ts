import { defineProvider } from './provider.js';

/** Amazon Cognito; a user pool is a tenant, unless a trigger adds `org_id`. */
export const provider = defineProvider({
  profile: {
    name: 'Amazon Cognito',
    algorithms: ['RS256'],
    tokenType: 'not-id-token',
    // `aud` is there only with resource binding (`resource` parameter, Essentials or Plus).
    audienceMode: 'client-allow-list',
    scopeClaims: [{ claim: 'scope', form: 'string' }],
    // The name of a custom scope is `<resource server identifier>/<scope>`, in requests and in tokens.
    scopePrefix: 'resource',
    scopesInToken: 'prefixed',
    userClaims: ['sub'],
    clientClaims: ['client_id'],
    tenant: { claim: 'org_id', otherwise: 'issuer' },
    roleClaims: ['cognito:groups'],
    serviceMarkers: [],
    serviceScopes: 'scopes',
    // ID tokens have the same issuer and keys.
    equals: { token_use: 'access' },
    shim: true,
  },
  variables: {
    COGNITO_REGION: {
      pattern: /^[a-z]{2}(-[a-z]+)+-\d$/,
      refusal: 'must be the region of the user pool',
      description: 'the AWS region of the user pool',
      example: 'eu-central-1',
    },
    COGNITO_USER_POOL_ID: {
      pattern: /^[a-z]{2}(-[a-z]+)+-\d_[A-Za-z0-9]+$/,
      refusal: 'must be the id of the user pool: region, underscore, name',
      description: 'the id of the user pool',
      example: 'eu-central-1_EXAMPLE',
    },
    COGNITO_CLIENT_IDS: {
      pattern: /^[a-z0-9]{1,128}(\s*,\s*[a-z0-9]{1,128})*$/,
      refusal: 'must be app client ids, comma-separated',
      description: 'the app clients whose tokens are accepted',
      example: '1example23456789',
    },
  },
  locate: (value) => {
    const issuer = `https://cognito-idp.${value('COGNITO_REGION')}.amazonaws.com/${value('COGNITO_USER_POOL_ID')}`;
    return { issuer, jwksUri: `${issuer}/.well-known/jwks.json`, clients: value('COGNITO_CLIENT_IDS').split(/\s*,\s*/) };
  },
});
