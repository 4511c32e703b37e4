// Kept by `mcp-gen sync`: one import per file of this folder, sorted. Don't edit; add a file and run sync.
import summarizeNotes from './summarize_notes.js';

export const prompts = [summarizeNotes];
