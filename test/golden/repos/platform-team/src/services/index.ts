import type { Config } from '../config.js';
import type { Log } from '../platform/observe/log.js';
import type { Principal } from '../platform/principal.js';
import { createMemoryNotes, type NotesReader, type NotesRepository } from './notes.js';

/** What `createServices` is given. */
export interface ServiceOptions {
  readonly config: Config;
  readonly log: Log;
}

/**
 * What your tools work on. `read` and `write` are asked for once per call with
 * the caller, so everything they return is bound to one tenant.
 */
export function createServices(_options: ServiceOptions) {
  const notesOf = createMemoryNotes();
  return {
    /** For every tool, resource and prompt. */
    read: ({ tenant }: Principal): { notes: NotesReader } => ({ notes: notesOf(tenant) }),
    /** Only for tools whose effect is `write` or `destructive`. */
    write: ({ tenant }: Principal): { notes: NotesRepository } => ({ notes: notesOf(tenant) }),
  };
}

export type Services = ReturnType<typeof createServices>;
