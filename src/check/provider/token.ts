type Json = Readonly<Record<string, unknown>>;

/** What a JWT says, unverified. */
export interface ReadToken {
  readonly header: Json;
  readonly claims: Json;
}

/** Takes a JWT apart; undefined for an opaque token. Nothing is verified. */
export function readToken(token: string): ReadToken | undefined {
  const [head, body, signature, ...more] = token.split('.');
  if (head === undefined || body === undefined || signature === undefined || more.length > 0) return undefined;
  try {
    return { header: JSON.parse(decoded(head)) as Json, claims: JSON.parse(decoded(body)) as Json };
  } catch {
    return undefined;
  }
}

function decoded(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** The audiences of a token, of which there may be one or several (RFC 7519 section 4.1.3). */
export function audiencesOf({ aud }: Json): readonly string[] {
  return (Array.isArray(aud) ? aud : aud === undefined ? [] : [aud]).map(String);
}

/** The scopes, in whichever claim the provider puts them. */
export function scopesOf(claims: Json): readonly string[] {
  const claim = claims['scope'] ?? claims['scp'] ?? claims['scopes'] ?? claims['permissions'];
  if (Array.isArray(claim)) return claim.map(String);
  return typeof claim === 'string' ? claim.split(' ').filter((scope) => scope !== '') : [];
}

/** The same claims with no signature at all: what nobody may take. */
export function unsigned(claims: Json): string {
  return `${encoded({ alg: 'none', typ: 'JWT' })}.${encoded(claims)}.`;
}
