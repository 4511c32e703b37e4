import type { Agent, Principal } from '../principal.js';
import { type AccessRules, effectiveScopes, type Identity } from './access.js';
import { Denial } from './denial.js';
import type { ProviderProfile } from './provider.js';
import { readScopes } from './scopes.js';
import type { Trust } from './settings.js';
import { CLOCK_SKEW_S, type VerifiedClaims } from './verify.js';

/** A CIMD client id is a URL; nothing sane is longer. In characters. */
const MAX_ID_LENGTH = 512;

/** Delegations deeper than this are refused. */
const MAX_ACTORS = 4;

/**
 * Reads user, agent, tenant and permissions out of a verified token.
 *
 * @throws {Denial} `invalidToken` when the token does not say who is calling, `accessDenied` when that caller is not admitted.
 */
export function toPrincipal(
  claims: VerifiedClaims,
  trust: Trust,
  profile: ProviderProfile,
  access: AccessRules<string>,
): Principal {
  const clientId = firstText(claims, profile.clientClaims);
  if (clientId === undefined) throw new Denial('invalidToken', 'client');
  const roles = profile.roleClaims.flatMap((claim) => texts(claims[claim]));
  const isService =
    claims.sub === clientId || profile.serviceMarkers.some(({ claim, matches }) => matches.test(text(claims[claim]) ?? ''));
  const agent: Agent = { clientId, verified: clientId.startsWith('https://') ? 'cimd' : 'registered', ...actorOf(claims) };
  admit(agent, isService, trust);

  const subject = firstText(claims, profile.userClaims) ?? claims.sub;
  const identity: Identity = {
    kind: isService ? 'service' : 'user',
    tenant: tenantOf(claims, isService ? `client:${clientId}` : `user:${subject}`, trust, profile),
    ...(!isService && { user: { issuer: trust.issuer, subject } }),
    agent,
    roles,
  };
  const granted = isService && profile.serviceScopes === 'roles' ? roles : readScopes(claims, trust, profile);
  const permissions = profile.permissionsClaim === undefined ? undefined : claims[profile.permissionsClaim];
  return {
    ...identity,
    scopes: effectiveScopes(granted, permissions === undefined ? undefined : texts(permissions), identity, access),
    token: {
      ...(typeof claims.jti === 'string' && { id: claims.jti.slice(0, MAX_ID_LENGTH) }),
      issuedAt: claims.iat,
      expiresAt: claims.exp + CLOCK_SKEW_S,
    },
  };
}

function admit({ clientId, actor }: Agent, isService: boolean, { clients, allowServices }: Trust): void {
  if (clients.size > 0 && !clients.has(clientId)) throw new Denial('accessDenied', 'client_not_allowed');
  if (clients.size > 0 && actor !== undefined && !clients.has(actor)) throw new Denial('accessDenied', 'actor_not_allowed');
  if (isService && !allowServices) throw new Denial('accessDenied', 'service_token');
}

/** The current actor is the outermost one; those inside are history and decide nothing (RFC 8693 section 4.1). */
function actorOf({ act }: VerifiedClaims): { actor?: string } {
  if (act === undefined) return {};
  let depth = 0;
  for (let actor: unknown = act; actor !== undefined; actor = isObject(actor) ? actor['act'] : undefined) {
    if (!isObject(actor) || ++depth > MAX_ACTORS) throw new Denial('accessDenied', 'actor_chain');
  }
  const actor = isObject(act) ? (text(act['client_id']) ?? text(act['sub'])) : undefined;
  if (actor === undefined) throw new Denial('accessDenied', 'actor_chain');
  return { actor };
}

function tenantOf(
  claims: VerifiedClaims,
  alone: string,
  { issuer }: Trust,
  { tenant: { claim, otherwise } }: ProviderProfile,
): string {
  const named = text(claims[claim]);
  if (named !== undefined) return named;
  // A claim that is there and is no text must not fall back to anything.
  if (otherwise === 'refuse' || claims[claim] !== undefined) throw new Denial('invalidToken', 'tenant');
  return otherwise === 'issuer' ? issuer : alone;
}

function firstText(claims: VerifiedClaims, names: readonly string[]): string | undefined {
  const name = names.find((candidate) => claims[candidate] !== undefined);
  return name === undefined ? undefined : text(claims[name]);
}

/** A claim that can identify something. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH ? value : undefined;

const texts = (value: unknown): string[] => [value].flat().filter((entry) => typeof entry === 'string');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
