// Kept by `mcp-gen sync`: one import per file of this folder, sorted. Don't edit; add a file and run sync.
export const resources = [] as const;
