/** Who is calling: established once at the edge, and the only identity a tool ever sees. */
export interface Principal {
  /** Data never crosses tenants. Comes from the verified identity, never from an argument. */
  readonly tenant: string;
  /** The person behind the call; absent when a client acts for itself. */
  readonly user?: string;
  /** The client (agent) that makes the call. */
  readonly client: string;
  readonly scopes: readonly string[];
  /** How the identity was established. */
  readonly kind: string;
}

/** The principal of stdio and of an HTTP server without authentication. */
export const LOCAL_PRINCIPAL: Principal = { tenant: 'local', client: 'local', scopes: [], kind: 'local' };
