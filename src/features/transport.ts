import type { EnvironmentVariable, Operations, Transport } from './feature.ts';
import { graceMs } from './grace.ts';

const http = {
  templates: ['transport/http'],
  entries: ['node'],
  dependencies: ['@hono/node-server', 'hono'],
  scripts: { dev: 'tsx watch --import ./dev/changed.ts src/entry/node.ts', start: 'node --enable-source-maps dist/node.js' },
  start: 'The server answers on http://localhost:3000/mcp and restarts when a file changes.',
} as const;

const environment: readonly EnvironmentVariable[] = [
  { name: 'HOST', value: 'localhost', about: 'address to bind; any other than loopback needs MCP_PUBLIC_URL' },
  { name: 'PORT', value: '3000', about: 'port to listen on' },
  { name: 'MCP_PUBLIC_URL', value: 'http://localhost:3000/mcp', about: 'address of the endpoint as clients see it; its path is the endpoint' },
  { name: 'ALLOWED_HOSTS', value: '', about: 'further Host values, exact, comma-separated, with the port where there is one' },
  { name: 'ALLOWED_ORIGINS', value: '', about: 'browser origins that may call, exact, comma-separated; also switches CORS on for them' },
  { name: 'PUBLIC_TOOL_NAMES', value: 'false', about: 'true lists the tool names in GET /' },
  { name: 'RATE_LIMIT_TENANT_PER_MINUTE', value: '600', about: 'calls a minute of one tenant, and messages that its clients answer with, each; 429 beyond; 0 for no limit' },
  { name: 'RATE_LIMIT_AGENT_PER_MINUTE', value: '120', about: 'calls a minute of one client within a tenant, a tool error beyond; 0 for no limit, and no guard against repeated calls' },
  { name: 'RATE_LIMIT_TOOL_PER_MINUTE', value: '60', about: 'calls a minute of one tool within a tenant, unless the tool says otherwise; 0 for no limit' },
  { name: 'BUDGET_TENANT_PER_DAY', value: '0', about: 'units that the calls of one tenant may cost in a day, by the `cost` of each tool; 0 for no limit' },
  { name: 'TRUSTED_PROXY_HOPS', value: '0', about: 'proxies in front of this server that append to X-Forwarded-For; behind some and left at 0, nobody is turned away for bad tokens' },
  { name: 'TENANT_ID', value: '', about: 'the only tenant whose tokens are accepted, for a server of its own per tenant' },
  { name: 'MAX_BODY_BYTES', value: '1048576', about: 'largest request body, in bytes' },
  { name: 'SHUTDOWN_GRACE_MS', value: String(graceMs), about: 'time for running calls after SIGTERM, in milliseconds' },
];

const readAgain = 'nothing, if it passes: clients try again. Otherwise look at what is slow, and at `MAX_BODY_BYTES`';

const operations: Operations = {
  readiness: [
    { sign: '`accepting`', means: 'the process is shutting down', first: 'nothing: it ends within `SHUTDOWN_GRACE_MS`. A load balancer that still sends requests here looks at another path than `/readyz`' },
    { sign: '`event_loop`', means: 'the process was too busy to do anything for more than a second, less than 10 s ago', first: '`grep event_loop.blocked server.log`' },
    { sign: '`services`', means: '`ready` of `src/services/index.ts` says no, fails, or takes longer than 2 s', first: 'ask the dependency it looks at' },
  ],
  refusals: [
    { sign: 'The server is shutting down.', means: 'a request came after SIGTERM', first: 'let the load balancer take instances out by `/readyz`, and send what was refused to another one' },
    { sign: 'Too many requests are being read at the moment.', means: 'more long bodies (over 16 KB) of this tenant, or of all, are arriving at once than memory is set aside for; short ones are read all the same', first: readAgain },
    { sign: 'Too many streams of changes are open.', means: 'one caller, or all of them, hold more `subscriptions/listen` streams open than is allowed', first: '*who calls* in the log, with `.method == "subscriptions/listen"`' },
    { sign: 'This tenant has used up its calls of this minute.', means: 'more than `RATE_LIMIT_TENANT_PER_MINUTE`; other tenants are served', first: '*who calls* in the log. A tool or an agent that is over its limit gets a tool error of class `rate_limit` instead' },
    { sign: 'Too many requests from this network could not sign in.', means: 'more than 300 requests a minute with a bad token, from one address (IPv6: one /64)', first: 'behind a proxy everybody has its address: set `TRUSTED_PROXY_HOPS` to the number of proxies' },
    { sign: 'Too many calls of this tenant are running.', means: 'a hundred of its calls run at the same time on this instance', first: '*what is slow* in the log' },
    { sign: 'This server is not for the tenant of this access token.', means: '`TENANT_ID` is another tenant', first: 'send its users to their own server' },
  ],
  reasons: [
    { sign: '`rate_limit`', means: 'more calls in a minute than `RATE_LIMIT_TENANT_PER_MINUTE`, `RATE_LIMIT_AGENT_PER_MINUTE`, `RATE_LIMIT_TOOL_PER_MINUTE` or the `perMinute` of a tool; `limited_by` of the record says whose: of the tenant, the agent or the tool', first: '*who calls* below' },
    { sign: '`budget`', means: 'it costs more than what the tenant has left of `BUDGET_TENANT_PER_DAY`', first: 'the budget of each tenant, below' },
    { sign: '`concurrency`', means: 'too many calls of the tenant were running on this instance: a hundred, or a thousand where nobody signs in', first: '*what is slow* below' },
    { sign: '`foreign_tenant`', means: '`TENANT_ID` names another tenant than the access token', first: 'send its users to their own server' },
  ],
  events: [
    { sign: '`event_loop.blocked`', means: 'something computed for longer than a second without a pause, and every call waited; `/readyz` says no for 10 s', first: '`node --cpu-prof dist/node.js`, or move the work to a worker thread' },
    { sign: '`http.failed`', means: 'a request was answered with 500: a fault of the server', first: 'the frames in `at` say where' },
  ],
};

/** First is the default. */
export const transports = [
  {
    id: 'http',
    title: 'Streamable HTTP',
    hint: 'remote: one endpoint for many users, from any host',
    network: true,
    stdio: false,
    defaultAuth: 'oidc',
    defaultDeploy: 'docker',
    environment,
    operations,
    ...http,
  },
  {
    id: 'stdio',
    title: 'stdio',
    hint: 'local: the MCP client starts it as a child process, no network',
    network: false,
    stdio: true,
    defaultAuth: 'none',
    defaultDeploy: 'npm',
    templates: ['transport/stdio', 'transport/stdio_only'],
    operations: { events: [{ sign: '`stdio.skipped`', means: 'a line on stdin is no JSON-RPC message: something but an MCP client writes there', first: 'what starts the server? Only an MCP client may write to its stdin' }] },
    entries: ['stdio'],
    scripts: { dev: 'tsx dev/call.ts', start: 'node --enable-source-maps dist/stdio.js', 'start:stdio': 'node --enable-source-maps dist/stdio.js' },
    start: 'A prompt opens: `list` shows the tools, `<tool> {"argument": "value"}` calls one. MCP clients start the server from `.mcp.json`.',
  },
  {
    id: 'both',
    title: 'Both',
    hint: 'one set of tools, two entries: develop on stdio, deploy over HTTP',
    network: true,
    stdio: true,
    defaultAuth: 'oidc',
    defaultDeploy: 'docker',
    environment,
    operations,
    ...http,
    templates: ['transport/http', 'transport/stdio'],
    entries: ['node', 'stdio'],
    scripts: { ...http.scripts, 'dev:stdio': 'tsx dev/call.ts', 'start:stdio': 'node --enable-source-maps dist/stdio.js' },
  },
] as const satisfies readonly Transport[];
