import type * as z from 'zod';
import type { Cursors } from '../call/cursor.js';
import type { Log } from '../observe/log.js';
import type { Principal } from '../principal.js';
import type { Handles } from '../state/handles.js';
import type { Upstream } from '../upstream/upstream.js';

/**
 * What the tools work on, bound to the caller: a repository is asked for once
 * per call with the principal, so that no tool can reach another tenant's data.
 */
export interface ServicesShape {
  read(principal: Principal): object;
  write(principal: Principal): object;
  /** Resolves to whether the dependencies can be used; becomes a line of `/readyz`. */
  ready?(): Promise<boolean>;
  /** Releases connections when the server stops. */
  close?(): Promise<void>;
}

/** What every handler gets. */
export interface ReadContext<S extends ServicesShape> {
  readonly read: ReturnType<S['read']>;
  readonly principal: Principal;
  /** Aborts at the deadline and when the client cancels: pass it on. */
  readonly signal: AbortSignal;
  /** Tells the client how far the call is; `done` has to grow. Does nothing when the client did not ask. */
  progress(done: number, total?: number, message?: string): Promise<void>;
  /**
   * Asks the user and comes back with the answer, a flat object of plain values; without `message`, the schema's own
   * description is asked. Throws until the answer is there and lets the handler run again from its start, so it has to
   * come before any effect, and in the same order each time.
   */
  ask<T extends z.ZodObject>(schema: T, message?: string): Promise<z.output<T>>;
  /** Values that outlast the call, each behind a handle; not where the server keeps no state. */
  readonly state: Handles;
  /** Pages of a list: turns positions into cursors for the caller, and back. */
  readonly cursors: Cursors;
  /** An API of somebody else: one of `src/services/upstreams.ts`, or any other at `<NAME>_URL`. */
  readonly upstream: (name: string) => Upstream;
  readonly log: Log;
  readonly correlationId: string;
}

/** What a tool with an effect gets as well. */
export interface WriteContext<S extends ServicesShape> extends ReadContext<S> {
  readonly write: ReturnType<S['write']>;
  /** Whether the caller only wants to know what would be done: then every method of `write` throws before it does anything. */
  readonly dryRun: boolean;
  /** Stable across retries of the same operation: hand it to upstreams that deduplicate. */
  readonly idempotencyKey: string;
}

export type Maybe<T> = T | Promise<T>;

/** What everything that can be defined has. */
export interface CommonParts<Scope extends string> {
  /** MCP name, equal to the file name; verb_noun for a tool. */
  readonly name: string;
  readonly title: string;
  /** "Call this when ...", "Read this when ...": written for a model. */
  readonly when: string;
  /** Scopes it is about. */
  readonly scopes?: readonly Scope[];
  /** Milliseconds; 25 s unless given. The answer to what may take longer is streamed, so that no proxy takes it for dead. */
  readonly timeoutMs?: number;
}
