import type { Take } from './bucket.js';

/**
 * Where things live that outlast one request. Every key belongs to a tenant,
 * so no caller can reach, or fill up, what belongs to another.
 *
 * All methods throw {@link StateFull} or {@link StateUnavailable}; none of them
 * falls back silently.
 */
export interface StatePort {
  /** @param extendMs - Milliseconds the entry is to live on from now; as it was set when absent. */
  get(tenant: string, key: string, extendMs?: number): Promise<string | undefined>;
  /** @param ttlMs - Milliseconds until the entry is gone. */
  set(tenant: string, key: string, value: string, ttlMs: number): Promise<void>;
  /** Sets the value if there is none, in one step; otherwise resolves to the value that was there. */
  claim(tenant: string, key: string, value: string, ttlMs: number): Promise<string | undefined>;
  /** Replaces `expected`, in one step, or deletes it; resolves to whether it was there. */
  replace(tenant: string, key: string, expected: string, value: string | undefined, ttlMs: number): Promise<boolean>;
  delete(tenant: string, key: string): Promise<void>;
  readonly take: Take;
}

/** There is no room for another entry. */
export class StateFull extends Error {
  override readonly name = 'StateFull';
}

/** The store does not answer, or not in time. Whether a change has arrived there is unknown. */
export class StateUnavailable extends Error {
  override readonly name = 'StateUnavailable';
}

/** One entry of a stream. Later entries of the same stream have later ids. */
export interface Entry {
  readonly id: string;
  readonly text: string;
}

/** Streams of entries that can be read again from any position, on any instance. Bounded: old entries go first. */
export interface EventLog {
  /** Appends an entry and wakes whoever follows the stream. @param ttlMs - Milliseconds the stream is kept from now. */
  append(tenant: string, stream: string, text: string, ttlMs: number): Promise<string>;
  /** Entries after a position, oldest first; `'0'` is before the first one. */
  read(tenant: string, stream: string, after: string): Promise<readonly Entry[]>;
  /** The position of the last entry; undefined when there is no such stream. */
  last(tenant: string, stream: string): Promise<string | undefined>;
}
