// Kept by `mcp-gen sync`: one import per file of this folder, sorted. Don't edit; add a file and run sync.
import createNote from './create_note.js';
import deleteNote from './delete_note.js';
import searchNotes from './search_notes.js';

export const tools = [createNote, deleteNote, searchNotes];
