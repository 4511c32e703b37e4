import { fail, inapplicable, pass, unknown } from '../rule.ts';
import type { Outcome } from '../rule.ts';
import { audiencesOf, readToken } from './token.ts';
import type { Trust } from './trust.ts';

type Json = Readonly<Record<string, unknown>>;

interface TokenRow {
  readonly id: string;
  readonly title: string;
  readonly why: string;
  readonly outcome: Outcome;
}

/** Claims that only ID tokens have (OpenID Connect Core, sections 2 and 3.3.2.11). */
const idTokenClaims = ['nonce', 'at_hash', 'c_hash'];

/** Seconds by which clocks may differ. */
const skew = 5;

/**
 * Holds a token against what a server expects, claim by claim.
 * @param isSigned undefined when there are no keys to look with.
 * @param now seconds since the epoch
 */
export function judgeToken(token: string, trust: Trust, isSigned: ((header: Json) => boolean) | undefined, now: number = Math.floor(Date.now() / 1000)): TokenRow[] {
  const read = readToken(token);
  if (read === undefined) return [{ id: 'token-form', title: 'The token: form', why: 'An opaque token can only be verified by asking the provider, on every call.', outcome: fail('it is no JWT', [], 'Let the provider issue JWTs for this resource: see docs/auth.md') }];
  const { header, claims } = read;
  const { profile } = trust;
  return [
    { id: 'token-signature', title: 'The token: signature', why: 'Everything else it says is worth what its signature is.', outcome: signature(header, isSigned, profile.algorithms) },
    { id: 'token-issuer', title: 'The token: issuer', why: 'Compared letter by letter, to the last slash.', outcome: compared(trust.issuer, claims['iss'], claims['iss'] === trust.issuer, `OAUTH_ISSUER=${String(claims['iss'])}`) },
    { id: 'token-audience', title: 'The token: audience', why: 'A token for another resource opens that one, not this.', outcome: audience(claims, trust) },
    { id: 'token-type', title: 'The token: type', why: 'An ID token says who somebody is; it permits nothing.', outcome: type(header, claims, profile.tokenType) },
    { id: 'token-times', title: 'The token: times', why: 'What never expires can never be taken back.', outcome: times(claims, now) },
    { id: 'token-scopes', title: 'The token: scopes', why: 'Without a scope a caller may do nothing.', outcome: named(profile.scopeClaims, claims, 'the provider must be asked for scopes, and put them into the access token') },
    { id: 'token-client', title: 'The token: client', why: 'It says which agent calls, apart from who it calls for.', outcome: client(claims, trust) },
    { id: 'token-tenant', title: 'The token: tenant', why: 'Data of one tenant never reaches another by it.', outcome: claims[profile.tenantClaim] === undefined ? inapplicable(`no claim ${profile.tenantClaim}: docs/auth.md says whose tenant that is`) : pass(`${profile.tenantClaim} ${String(claims[profile.tenantClaim])}`) },
    ...Object.entries(trust.equals).map(([claim, value]) => ({ id: `token-${claim}`, title: `The token: ${claim}`, why: 'This provider tells its kinds of tokens apart by it.', outcome: compared(value, claims[claim], claims[claim] === value) })),
  ];
}

function compared(expected: string, received: unknown, isRight: boolean, paste?: string): Outcome {
  const seen = [{ text: `expected ${expected}, received ${received === undefined ? 'nothing' : JSON.stringify(received)}` }];
  return isRight ? pass(String(received), seen) : fail('is another one', seen, paste);
}

function signature(header: Json, isSigned: ((header: Json) => boolean) | undefined, algorithms: readonly string[]): Outcome {
  const seen = [{ text: `expected ${algorithms.join(' or ')}, received ${String(header['alg'])}, kid ${String(header['kid'] ?? 'none')}` }];
  if (!algorithms.includes(String(header['alg']))) return fail(`made with ${String(header['alg'])}, which is not accepted`, seen);
  if (isSigned === undefined) return unknown('there are no keys to verify it with');
  return isSigned(header) ? pass(`${String(header['alg'])}, by a key of the provider`, seen) : fail('not by a key of the provider', seen, 'Is it a token of another environment, or older than the last change of keys?');
}

function audience(claims: Json, { audiences, audienceMode }: Trust): Outcome {
  const received = audiencesOf(claims);
  const seen = [{ text: `expected ${audiences.join(' or ') || 'nothing (give --audience)'}, received ${received.join(', ') || 'nothing'}` }];
  if (audiences.length === 0) return unknown(`for ${received.join(', ') || 'nobody'}: nothing says what is expected (--audience)`);
  if (received.length === 0) return audienceMode === 'client-allow-list' ? pass('none, which OAUTH_AUDIENCE_MODE=client-allow-list takes from known clients', seen) : fail('it is for nobody in particular', seen, 'Let clients send resource, or let the provider add the audience: see docs/auth.md');
  return received.some((one) => audiences.includes(one)) ? pass(received.join(', '), seen) : fail('it is for somebody else', seen, `OAUTH_AUDIENCE=${received[0] ?? ''}   # if that is this server`);
}

function type({ typ }: Json, claims: Json, expected: Trust['profile']['tokenType']): Outcome {
  const seen = [{ text: `expected ${expected === 'at+jwt' ? 'at+jwt' : 'anything but an ID token'}, received ${String(typ ?? 'no typ')}` }];
  const isAccessToken = /^(?:application\/)?at\+jwt$/i.test(String(typ));
  const marks = idTokenClaims.filter((claim) => claim in claims);
  if (marks.length > 0 && !isAccessToken) return fail(`it is an ID token: it has ${marks.join(', ')}`, seen, 'Send the access token, not the id_token');
  return expected === 'at+jwt' && !isAccessToken ? fail('it does not say that it is an access token', seen) : pass(String(typ ?? 'not said'), seen);
}

function times({ exp, iat, nbf }: Json, now: number): Outcome {
  const seen = [{ text: `now ${now}, iat ${String(iat ?? 'none')}, nbf ${String(nbf ?? 'none')}, exp ${String(exp ?? 'none')}` }];
  if (typeof exp !== 'number' || typeof iat !== 'number') return fail('it says not when it was issued, or when it ends', seen);
  if (exp < now - skew) return fail(`it ended ${now - exp} s ago`, seen, 'Get a new one');
  if (iat > now + skew || (typeof nbf === 'number' && nbf > now + skew)) return fail('it is from the future: are the clocks right?', seen);
  return exp - iat > 86_400 ? fail('it lives longer than a day', seen, 'Shorten the life of access tokens at the provider') : pass(`good for another ${exp - now} s`, seen);
}

function named(names: readonly string[], claims: Json, otherwise: string): Outcome {
  const found = names.find((name) => claims[name] !== undefined && claims[name] !== '');
  return found === undefined ? fail('there are none', [{ text: `expected the claim ${names.join(' or ')}, received nothing` }], otherwise) : pass(`${found}: ${[claims[found]].flat().join(' ')}`);
}

function client(claims: Json, { profile: { clientClaims }, clients }: Trust): Outcome {
  const found = clientClaims.find((name) => claims[name] !== undefined);
  const id = found === undefined ? undefined : String(claims[found]);
  const seen = [{ text: `expected the claim ${clientClaims.join(' or ')}${clients.length === 0 ? '' : `, one of ${clients.join(', ')}`}, received ${id ?? 'nothing'}` }];
  if (id === undefined) return fail('nothing says which', seen);
  return clients.length > 0 && !clients.includes(id) ? fail(`${id} is not on the list`, seen, `OAUTH_ALLOWED_CLIENT_IDS=${[...clients, id].join(',')}`) : pass(id, seen);
}
