/**
 * Where things live that outlast one request. Every key belongs to a tenant,
 * so no caller can reach, or fill up, what belongs to another.
 *
 * All methods throw {@link StateFull} or the store's own error; none of them
 * falls back silently.
 */
export interface StatePort {
  get(tenant: string, key: string): Promise<string | undefined>;
  /** @param ttlMs - Milliseconds until the entry is gone. */
  set(tenant: string, key: string, value: string, ttlMs: number): Promise<void>;
  /** Sets the value if there is none, in one step; otherwise resolves to the value that was there. */
  claim(tenant: string, key: string, value: string, ttlMs: number): Promise<string | undefined>;
  delete(tenant: string, key: string): Promise<void>;
}

/** There is no room for another entry of this tenant. */
export class StateFull extends Error {
  override readonly name = 'StateFull';
}
