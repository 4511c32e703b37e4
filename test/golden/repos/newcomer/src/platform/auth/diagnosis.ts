import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { LogFields } from '../observe/log.js';
import type { Principal } from '../principal.js';
import type { ProviderProfile } from './provider.js';
import type { Trust } from './settings.js';

/** Claims are shown this long at most, in characters. */
const MAX_LENGTH = 200;

/**
 * Expected against received, for whoever sets a provider up. Never called in
 * production: claims are personal data there, and the token has not been verified.
 */
export function diagnose(token: string | undefined, trust: Trust, profile: ProviderProfile): LogFields {
  if (token === undefined)
    return { hint: 'The request carried no usable token; the client should follow resource_metadata of the challenge.' };
  try {
    const claims = decodeJwt(token);
    const { alg, typ, kid } = decodeProtectedHeader(token);
    const now = Math.floor(Date.now() / 1_000);
    const list = (names: readonly string[]): string => names.map((name) => `${name}=${show(claims[name])}`).join(' ');
    return {
      issuer: compare(trust.issuer, claims.iss),
      audience: compare(trust.audienceMode === 'required' ? trust.audiences : [...trust.audiences, 'or none'], claims.aud),
      type: compare(profile.tokenType, typ),
      algorithm: compare(profile.algorithms, alg),
      key: show(kid),
      scopes: `expected ${profile.scopeClaims.map(({ claim, form }) => `${claim} (${form})`).join(' or ')}, ${profile.scopesInToken}; received ${list(profile.scopeClaims.map(({ claim }) => claim))}`,
      tenant: `${profile.tenant.claim}=${show(claims[profile.tenant.claim])}`,
      client: list(profile.clientClaims),
      required: Object.entries(trust.equals)
        .map(([name, value]) => `${name}: ${compare(value, claims[name])}`)
        .join('; '),
      clock: `now ${now}, issued ${show(claims.iat)}, not before ${show(claims.nbf)}, expires ${show(claims.exp)}`,
    };
  } catch {
    return {
      hint: 'The token is not a JWT. Opaque tokens cannot be verified here: let the provider issue JWTs for this resource.',
    };
  }
}

/** What a call needs against what it may do: what was delegated to it and `permitted` of `src/access.ts` allows. */
export function diagnoseScopes(needed: readonly string[], { scopes }: Principal): LogFields {
  return { scopes: `expected ${needed.join(' ')}; received ${[...scopes].join(' ') || 'nothing'}` };
}

const compare = (expected: unknown, received: unknown): string => `expected ${show(expected)}; received ${show(received)}`;

const show = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, MAX_LENGTH));
