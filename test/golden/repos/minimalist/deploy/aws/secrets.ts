/** Secrets of the server that you put into Secrets Manager as `<app>/<name>`; `MCP_SECRET` is made there. */
export const secretNames: readonly string[] = [];
