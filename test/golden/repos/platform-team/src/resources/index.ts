// Kept by `mcp-gen sync`: one import per file of this folder, sorted. Don't edit; add a file and run sync.
import note from './note.js';

export const resources = [note];
