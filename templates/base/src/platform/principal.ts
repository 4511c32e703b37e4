/** A person, named by who vouches for them and under which id; never by an e-mail address, which can change hands. */
export interface User {
  readonly issuer: string;
  readonly subject: string;
}

/** The software that makes the call: an identity of its own, never the user's. */
export interface Agent {
  /** The OAuth client id; a URL of its publisher with client ID metadata documents. */
  readonly clientId: string;
  /** Whether the client is known by a document at its own URL, by registration, or not at all. */
  readonly verified: 'cimd' | 'registered' | 'unknown';
  /** Who acts on the user's behalf, where that is not the client (`act`, RFC 8693 section 4.1). */
  readonly actor?: string;
}

/** Who is calling: established once at the edge, and the only identity a tool ever sees. */
export interface Principal {
  /** `service` is an agent that acts for itself; `local` is stdio, or a server without authentication. */
  readonly kind: 'user' | 'service' | 'local';
  /** Data never crosses tenants. Comes from the verified identity, never from an argument. */
  readonly tenant: string;
  /** Absent when nobody stands behind the call. */
  readonly user?: User;
  readonly agent: Agent;
  /** What the call may do: delegated to the agent and permitted to the user, implied scopes included. */
  readonly scopes: readonly string[];
  /** Roles and groups as the provider names them. */
  readonly roles: readonly string[];
  /** What is known of the token. Times in seconds since the epoch. */
  readonly token?: { readonly id?: string; readonly issuedAt: number; readonly expiresAt: number };
}

/** The principal of stdio and of an HTTP server without authentication: whoever runs it may do everything. */
export const LOCAL_PRINCIPAL: Principal = {
  kind: 'local',
  tenant: 'local',
  agent: { clientId: 'local', verified: 'unknown' },
  scopes: [],
  roles: [],
};

/** What tells one caller from another, for keys and bindings. */
export function namesOf({ tenant, user, agent }: Principal): readonly (string | undefined)[] {
  return [tenant, user?.issuer, user?.subject, agent.clientId];
}

/** The scopes that a caller lacks. Compared as whole words. */
export function missingScopes({ kind, scopes }: Principal, needed: readonly string[]): readonly string[] {
  return kind === 'local' ? [] : needed.filter((scope) => !scopes.includes(scope));
}
