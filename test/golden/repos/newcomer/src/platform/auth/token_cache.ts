import type { Principal } from '../principal.js';
import type { KeySet } from './keys.js';

const MAX_ENTRIES = 1_000;

/** A key that has been withdrawn is noticed this late at most, in milliseconds. */
const MAX_LIFE_MS = 30_000;

/**
 * Remembers who a token stands for. Only for tokens that have passed every
 * check, by their hash, until they expire, for 30 s at most, and not beyond the
 * next fetch of the keys.
 *
 * @param hash - One-way; equal for equal tokens.
 */
export function cacheTokens(
  verify: (token: string) => Promise<Principal>,
  keys: KeySet,
  hash: (token: string) => Promise<string>,
): (token: string) => Promise<Principal> {
  const entries = new Map<string, { readonly principal: Principal; readonly until: number }>();
  let version = keys.version();
  return async (token) => {
    if (version !== keys.version()) {
      entries.clear();
      version = keys.version();
    }
    const name = await hash(token);
    const known = entries.get(name);
    if (known && Date.now() < known.until) return known.principal;
    const principal = await verify(token);
    const expiresAt = (principal.token?.expiresAt ?? 0) * 1_000;
    const [oldest] = entries.size < MAX_ENTRIES ? [] : entries.keys();
    if (oldest !== undefined) entries.delete(oldest);
    entries.delete(name);
    entries.set(name, { principal, until: Math.min(expiresAt, Date.now() + MAX_LIFE_MS) });
    return principal;
  };
}
