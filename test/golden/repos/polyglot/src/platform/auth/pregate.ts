import { Denial } from './denial.js';

/** Longer tokens are refused before any cryptography. In characters. */
const MAX_TOKEN_LENGTH = 8_192;

/** `b64token` of RFC 6750 section 2.1. */
const BEARER_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** JWS compact serialization (RFC 7515 section 7.1), unpadded: a padded copy of a token would be another string for the same token. */
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * Takes the token out of a request, and refuses what other software might read
 * differently: several credentials, words after the token, a token in the URL.
 *
 * @throws {Denial}
 */
export function readBearer(request: Request): string {
  if (request.url.includes('?') && new URL(request.url).searchParams.has('access_token')) {
    throw new Denial('malformed', 'token_in_url');
  }
  const header = request.headers.get('authorization');
  if (header === null) throw new Denial('noToken', 'no_token');
  const [, scheme = '', space = '', rest = ''] = /^([^ ]*)( ?)(.*)$/s.exec(header) ?? [];
  if (scheme.toLowerCase() !== 'bearer' || space === '') throw new Denial('noToken', 'not_bearer');
  // Several headers arrive joined by commas, which no token contains.
  if (!BEARER_TOKEN.test(rest)) throw new Denial('malformed', 'malformed_header');
  if (rest.length > MAX_TOKEN_LENGTH) throw new Denial('invalidToken', 'token_too_long');
  if (!COMPACT_JWS.test(rest)) throw new Denial('invalidToken', 'not_a_jwt');
  return rest;
}
