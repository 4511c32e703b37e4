import type { Agent, User } from '../principal.js';

/** Who is asking, before it is decided what they may do. */
export interface Identity {
  readonly kind: 'user' | 'service';
  readonly tenant: string;
  readonly user?: User;
  readonly agent: Agent;
  /** The user's roles and groups as the token names them, or those of a service. */
  readonly roles: readonly string[];
}

/** The rules of `src/access.ts`. */
export interface AccessRules<Scope extends string> {
  /** Needed for every request, and what clients ask for when they first sign in. */
  readonly baseScopes: readonly Scope[];
  /** Scopes that include others. */
  readonly implied: { readonly [S in Scope]?: readonly Scope[] };
  /** The most this caller may do, whatever has been delegated to the agent. */
  permitted(identity: Identity): readonly Scope[] | 'all';
}

/** Adds the scopes that others imply, once and for all. */
export function expandScopes(
  scopes: Iterable<string>,
  implied: Readonly<Record<string, readonly string[] | undefined>>,
): ReadonlySet<string> {
  const expanded = new Set(scopes);
  // A set grows while it is walked, so that what is implied by the implied comes in as well.
  for (const scope of expanded) if (Object.hasOwn(implied, scope)) for (const more of implied[scope] ?? []) expanded.add(more);
  return expanded;
}

/**
 * What the call may do: granted to the agent, and permitted to its user, and
 * within the rules of `src/access.ts`. Neither side can lift the other.
 *
 * @param permissions - What the provider says the user may do, where it says so.
 */
export function effectiveScopes(
  granted: readonly string[],
  permissions: readonly string[] | undefined,
  identity: Identity,
  { implied, permitted }: AccessRules<string>,
): readonly string[] {
  const limits = [permissions, permitted(identity)]
    .filter((limit) => limit !== undefined && limit !== 'all')
    .map((limit) => expandScopes(limit, implied));
  return [...expandScopes(granted, implied)].filter((scope) => limits.every((limit) => limit.has(scope)));
}
