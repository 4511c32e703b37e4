import { subjectTokenOf } from '../auth/subject_token.js';
import { type Credential, ownerOf, type TokenClient, tokens } from './credentials.js';

/** A token for the user that an API accepts, in exchange for the one of the call (RFC 8693). Only for calls with a user. */
export function tokenExchange(client: TokenClient, { audience, scope }: { audience: string; scope?: string }): Credential {
  return tokens('token_exchange', client, (principal, name) => ({
    owner: ownerOf(principal),
    form: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: subjectTokenOf(principal, name),
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience,
      ...(scope && { scope }),
    },
  }));
}

/** As {@link tokenExchange}, the way of Microsoft Entra: `scope` names the API, such as `api://crm/.default`. */
export function onBehalfOf(client: TokenClient, { scope }: { scope: string }): Credential {
  return tokens('on_behalf_of', client, (principal, name) => ({
    owner: ownerOf(principal),
    form: {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      requested_token_use: 'on_behalf_of',
      assertion: subjectTokenOf(principal, name),
      scope,
    },
  }));
}
