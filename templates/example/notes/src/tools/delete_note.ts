import * as z from 'zod';
import { defineTool, ToolError } from '../mcp.js';
import { NoteId } from '../services/notes.js';

export default defineTool({
  name: 'delete_note',
  title: 'Delete note',
  when: 'Call this to delete one note for good, after the user has asked for it.',
  returns: 'The id of the deleted note.',
  failsWhen: 'there is no note with this id.',
  effect: 'destructive',
  scopes: ['notes:write'],
  blastRadius: 'removes one note of the caller; it cannot be brought back.',
  input: z.strictObject({ id: NoteId }),
  output: z.object({ id: NoteId }),
  async check({ id }, { read }) {
    if (!(await read.notes.get(id))) throw noSuchNote();
  },
  async confirm({ id }, { read }) {
    const note = await read.notes.get(id);
    return `Delete the note "${note?.text ?? id}" for good?`;
  },
  async run({ id }, { write }) {
    if (!(await write.notes.delete(id))) throw noSuchNote();
    return { id };
  },
});

function noSuchNote(): ToolError {
  return ToolError.notFound('There is no note with this id.', { hint: 'Call search_notes to get the ids of existing notes.' });
}
