import * as z from 'zod';
import { defineResource, ToolError } from '../mcp.js';
import { Note, NoteId } from '../services/notes.js';

export default defineResource({
  name: 'note',
  title: 'Note',
  uri: 'notes://note/{id}',
  when: 'Read this to get one note whose id is known.',
  returns: 'The note as JSON: id, text, createdAt.',
  scopes: ['notes:read'],
  params: z.strictObject({ id: NoteId }),
  output: Note,
  async list({ read }) {
    const { notes } = await read.notes.search('', { limit: 100 });
    return notes.map(({ id, text }) => ({ uri: `notes://note/${id}`, title: text.slice(0, 60) }));
  },
  complete: {
    async id(typed, { read }) {
      const { notes } = await read.notes.search('', { limit: 100 });
      return notes.map(({ id }) => id).filter((id) => id.startsWith(typed));
    },
  },
  async read({ id }, { read }) {
    const note = await read.notes.get(id);
    if (!note) throw ToolError.notFound('There is no note with this id.');
    return note;
  },
});
