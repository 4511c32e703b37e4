// npm run dev:auth: only the local authorization server, for a server that is started some other way.
import { environmentFor, startLocalAuth } from './auth.js';

const server = await startLocalAuth();
console.log(`Local authorization server: ${server.issuer}\n\nStart the MCP server with:`);
for (const [name, value] of Object.entries(environmentFor(server))) console.log(`  ${name}=${value}`);
