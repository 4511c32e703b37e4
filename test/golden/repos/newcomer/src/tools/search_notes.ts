import * as z from 'zod';
import { Cursor, defineTool } from '../mcp.js';
import { Note } from '../services/notes.js';

export default defineTool({
  name: 'search_notes',
  title: 'Search notes',
  when: 'Call this to find notes by a word or phrase, or to learn the id of a note. An empty query lists the newest notes.',
  returns: 'Up to `limit` notes, newest first, and `nextCursor` when there are more.',
  effect: 'read',
  scopes: ['notes:read'],
  input: z.strictObject({
    query: z.string().max(200).describe('Text to look for, not case-sensitive; at most 200 characters'),
    limit: z.int().min(1).max(100).default(20).describe('How many notes to return, 1 to 100'),
    cursor: Cursor.optional().describe('`nextCursor` of the page before, with the same query'),
  }),
  output: z.object({
    notes: z.array(Note).describe('The notes found'),
    nextCursor: Cursor.optional().describe('Pass it as `cursor` to get the next page'),
  }),
  async run({ query, limit, cursor }, { read, cursors }) {
    const { notes, next } = await read.notes.search(query, { limit, start: await cursors.read(cursor) });
    return { notes: [...notes], nextCursor: await cursors.write(next) };
  },
});
