import type { EnvironmentVariable, Transport } from './feature.ts';

const http = {
  templates: ['transport/http'],
  dependencies: ['@hono/node-server', 'hono'],
  scripts: { dev: 'tsx watch src/entry/node.ts', start: 'node --enable-source-maps dist/node.js' },
  start: 'The server answers on http://localhost:3000/mcp and restarts when a file changes.',
} as const;

const environment: readonly EnvironmentVariable[] = [
  { name: 'HOST', value: 'localhost', about: 'address to bind; any other than loopback needs MCP_PUBLIC_URL' },
  { name: 'PORT', value: '3000', about: 'port to listen on' },
  { name: 'MCP_PUBLIC_URL', value: 'http://localhost:3000/mcp', about: 'address of the endpoint as clients see it; its path is the endpoint' },
  { name: 'ALLOWED_HOSTS', value: '', about: 'further Host values, exact, comma-separated, with the port where there is one' },
  { name: 'ALLOWED_ORIGINS', value: '', about: 'browser origins that may call, exact, comma-separated; also switches CORS on for them' },
  { name: 'PUBLIC_TOOL_NAMES', value: 'false', about: 'true lists the tool names in GET /' },
  { name: 'MAX_BODY_BYTES', value: '1048576', about: 'largest request body, in bytes' },
  { name: 'SHUTDOWN_GRACE_MS', value: '30000', about: 'time for running calls after SIGTERM, in milliseconds' },
];

/** First is the default. */
export const transports = [
  {
    id: 'http',
    title: 'Streamable HTTP',
    hint: 'remote: one endpoint for many users, from any host',
    network: true,
    stdio: false,
    defaultDeploy: 'docker',
    environment,
    ...http,
  },
  {
    id: 'stdio',
    title: 'stdio',
    hint: 'local: the MCP client starts it as a child process, no network',
    network: false,
    stdio: true,
    defaultDeploy: 'npm',
    templates: ['transport/stdio'],
    scripts: { dev: 'tsx dev/call.ts', start: 'node --enable-source-maps dist/stdio.js', 'start:stdio': 'node --enable-source-maps dist/stdio.js' },
    start: 'A prompt opens: `list` shows the tools, `<tool> {"argument": "value"}` calls one. MCP clients start the server from `.mcp.json`.',
  },
  {
    id: 'both',
    title: 'Both',
    hint: 'one set of tools, two entries: develop on stdio, deploy over HTTP',
    network: true,
    stdio: true,
    defaultDeploy: 'docker',
    environment,
    ...http,
    templates: ['transport/http', 'transport/stdio'],
    scripts: { ...http.scripts, 'dev:stdio': 'tsx dev/call.ts', 'start:stdio': 'node --enable-source-maps dist/stdio.js' },
  },
] as const satisfies readonly Transport[];
