import { errors, jwtVerify, type JWTPayload, type JWTVerifyResult } from 'jose';
import { Denial } from './denial.js';
import type { KeySet } from './keys.js';
import type { ProviderProfile } from './provider.js';
import type { Trust } from './settings.js';

/** Clocks may differ by this much, in seconds. */
export const CLOCK_SKEW_S = 5;

/** A token may live this long at most, in seconds. */
const MAX_LIFETIME_S = 24 * 60 * 60;

/** `typ` of tokens that are access tokens, or do not say what they are. */
const UNSPECIFIC_TYPES = new Set(['at+jwt', 'jwt', '']);

/** Claims that only ID tokens have (OpenID Connect Core, sections 2 and 3.3.2.11). */
const ID_TOKEN_CLAIMS = ['nonce', 'at_hash', 'c_hash'] as const;

/** A token whose signature, issuer, audience, type and times are right. */
export type VerifiedClaims = JWTPayload & { readonly sub: string; readonly exp: number; readonly iat: number };

/**
 * Checks a token by RFC 8725 and RFC 9068, as strictly as the provider's profile allows.
 *
 * @throws {Denial} `invalidToken` for whatever is wrong with the token, `unavailable` when there are no keys to check it with.
 */
export async function verifyToken(token: string, keys: KeySet, trust: Trust, profile: ProviderProfile): Promise<VerifiedClaims> {
  const { payload, protectedHeader } = await verifySignature(token, keys, trust, profile);
  const typ = protectedHeader.typ ?? '';
  if (profile.tokenType === 'not-id-token' && !UNSPECIFIC_TYPES.has(typ.toLowerCase().replace(/^application\//, '')))
    throw invalid('token_type');
  if (profile.tokenType === 'not-id-token' && ID_TOKEN_CLAIMS.some((claim) => claim in payload)) throw invalid('id_token');
  // A token bound to a key is worthless to a thief only if the binding is checked (RFC 9449, RFC 8705); we cannot.
  if ('cnf' in payload) throw invalid('bound_token');
  if (trust.audienceMode !== 'required' && payload.aud !== undefined && !names(payload.aud, trust.audiences))
    throw invalid('audience');
  for (const [claim, value] of Object.entries(trust.equals)) if (payload[claim] !== value) throw invalid(`claim_${claim}`);
  return assertTimes(payload);
}

async function verifySignature(token: string, keys: KeySet, trust: Trust, profile: ProviderProfile): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keys.find, {
      issuer: trust.issuer,
      ...(trust.audienceMode === 'required' && { audience: [...trust.audiences] }),
      algorithms: [...profile.algorithms],
      clockTolerance: CLOCK_SKEW_S,
      ...(profile.tokenType === 'at+jwt' && { typ: 'at+jwt' }),
    });
  } catch (error) {
    throw toDenial(error);
  }
}

function names(audience: unknown, accepted: readonly string[]): boolean {
  return [audience].flat().some((entry) => typeof entry === 'string' && accepted.includes(entry));
}

/** jose leaves `iat` and the length of a token's life to its caller. */
function assertTimes(payload: JWTPayload): VerifiedClaims {
  const { sub, exp, iat } = payload;
  if (typeof sub !== 'string' || sub === '' || sub.length > 512) throw invalid('subject');
  if (typeof exp !== 'number' || typeof iat !== 'number') throw invalid('expiry');
  if (iat > Date.now() / 1_000 + CLOCK_SKEW_S) throw invalid('issued_in_future');
  if (exp - iat > MAX_LIFETIME_S) throw invalid('lifetime');
  return { ...payload, sub, exp, iat };
}

/** Everything that says "this token" is a 401; whatever else keeps keys from us is an outage. */
function toDenial(error: unknown): Denial {
  if (error instanceof errors.JWTExpired) return invalid('expired', error);
  if (error instanceof errors.JWTClaimValidationFailed)
    return invalid(CLAIM_REASONS[error.claim] ?? `claim_${error.claim}`, error);
  if (error instanceof errors.JOSEError && (/^ERR_JW[TS]_/.test(error.code) || TOKEN_ERRORS.has(error.code))) {
    return invalid(error.code.toLowerCase().replace(/^err_/, ''), error);
  }
  // jose reports a key that is too weak as a TypeError.
  if (error instanceof TypeError && error.message.includes('modulusLength')) return invalid('weak_key', error);
  return new Denial('unavailable', 'keys_unavailable', { cause: error });
}

const CLAIM_REASONS: Readonly<Record<string, string>> = {
  iss: 'issuer',
  aud: 'audience',
  typ: 'token_type',
  nbf: 'not_yet_valid',
  sub: 'subject',
};

const TOKEN_ERRORS = new Set([
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
]);

const invalid = (reason: string, cause?: unknown): Denial => new Denial('invalidToken', reason, { cause });
