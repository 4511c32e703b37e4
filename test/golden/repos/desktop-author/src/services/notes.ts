// Replace this in-memory repository with your own store: everything is lost when the process ends.
import * as z from 'zod';

/** Identifies a note. Anchored and bounded, so that no other string gets past the edge. */
export const NoteId = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  .describe('Id of a note, a lower-case UUID as create_note or search_notes return it');

export const Note = z.object({
  id: NoteId,
  text: z.string().describe('The text of the note'),
  createdAt: z.iso.datetime().describe('When the note was stored, UTC'),
});
export type Note = z.infer<typeof Note>;

/** One page of a search. */
export interface NotePage {
  readonly notes: readonly Note[];
  /** The id that the next page starts with; absent on the last one. */
  readonly next?: string;
}

/** The half of the repository that every tool may use. Already bound to one tenant. */
export interface NotesReader {
  get(id: string): Promise<Note | undefined>;
  /** Newest first. `start` is `next` of an earlier page. */
  search(query: string, page: { limit: number; start?: string | undefined }): Promise<NotePage>;
}

/** The half that only tools with an effect get. */
export interface NotesRepository extends NotesReader {
  /** Stores a note; the same `key` returns the note stored before. */
  create(note: { text: string; key: string }): Promise<Note>;
  /** @returns false when there is no such note. */
  delete(id: string): Promise<boolean>;
}

const MAX_NOTES_PER_TENANT = 10_000;

/** One repository per tenant, in memory. */
export function createMemoryNotes(): (tenant: string) => NotesRepository {
  const tenants = new Map<string, NotesRepository>();
  return (tenant) => {
    const notes = tenants.get(tenant) ?? createTenantNotes();
    tenants.set(tenant, notes);
    return notes;
  };
}

function createTenantNotes(): NotesRepository {
  const notes = new Map<string, Note>();
  const byKey = new Map<string, string>();
  const forget = (id: string): boolean => {
    for (const [key, kept] of byKey) if (kept === id) byKey.delete(key);
    return notes.delete(id);
  };
  return {
    async get(id) {
      return notes.get(id);
    },
    async search(query, { limit, start }) {
      const needle = query.toLowerCase();
      const found = [...notes.values()].toReversed().filter(({ text }) => text.toLowerCase().includes(needle));
      const first = start === undefined ? 0 : found.findIndex(({ id }) => id === start);
      if (first < 0) return { notes: [] };
      const next = found[first + limit];
      return { notes: found.slice(first, first + limit), ...(next && { next: next.id }) };
    },
    async create({ text, key }) {
      const earlier = notes.get(byKey.get(key) ?? '');
      if (earlier) return earlier;
      const oldest = notes.keys().next();
      if (notes.size >= MAX_NOTES_PER_TENANT && !oldest.done) forget(oldest.value);
      const note = { id: crypto.randomUUID(), text, createdAt: new Date().toISOString() };
      notes.set(note.id, note);
      byKey.set(key, note.id);
      return note;
    },
    async delete(id) {
      return forget(id);
    },
  };
}
