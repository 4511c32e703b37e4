import type { ProviderProfile } from './provider.js';
import type { Trust } from './settings.js';
import type { VerifiedClaims } from './verify.js';

/**
 * The scopes of a token under their short names. They are compared as whole
 * words; a claim of the wrong shape counts as no scope at all.
 */
export function readScopes(
  claims: VerifiedClaims,
  { scopePrefix }: Trust,
  { scopeClaims, scopesInToken }: ProviderProfile,
): readonly string[] {
  const source = scopeClaims.find(({ claim }) => claims[claim] !== undefined);
  if (!source) return [];
  const value = claims[source.claim];
  const scopes = split(value, source.form);
  if (scopesInToken === 'short' || scopePrefix === '') return scopes;
  return scopes.filter((scope) => scope.startsWith(scopePrefix)).map((scope) => scope.slice(scopePrefix.length));
}

function split(value: unknown, form: 'string' | 'array' | 'either'): string[] {
  if (typeof value === 'string' && form !== 'array') return value.split(' ').filter((scope) => scope !== '');
  if (Array.isArray(value) && form !== 'string') return value.filter((scope) => typeof scope === 'string');
  return [];
}

/** Scopes as clients have to request them. */
export function asRequested(scopes: readonly string[], { scopePrefix }: Trust): readonly string[] {
  return scopes.map((scope) => scopePrefix + scope);
}
