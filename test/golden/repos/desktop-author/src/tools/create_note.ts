import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { NoteId } from '../services/notes.js';

export default defineTool({
  name: 'create_note',
  title: 'Create note',
  when: 'Call this to store a new note. To change a note, create a new one and delete the old one.',
  returns: 'The id of the stored note.',
  effect: 'write',
  scopes: ['notes:write'],
  blastRadius: 'adds one note of the caller.',
  input: z.strictObject({
    text: z.string().trim().min(1).max(4_000).describe('The text to store, 1 to 4000 characters'),
  }),
  output: z.object({ id: NoteId }),
  async run({ text }, { write, idempotencyKey }) {
    return write.notes.create({ text, key: idempotencyKey });
  },
});
