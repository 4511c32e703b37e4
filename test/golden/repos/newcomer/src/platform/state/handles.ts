import type { StatePort } from './port.js';

/** This server keeps nothing between calls, so a tool has no handles (`--session memory` or `redis` would give it some). */
export type Handles = undefined;

/** @returns nothing, for every caller. */
export function createHandles(_state: StatePort): () => Handles {
  return () => undefined;
}
