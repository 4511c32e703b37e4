// Run inside a generated repository by its own Node.js and tsx, fed through stdin: nothing of it is written there.
// Loads what src/ defines, starts the server in memory with tools of its own beside the repository's, calls them as a
// client does, and writes one JSON document to descriptor 3. Tools of the repository are listed, never called.
import { existsSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const root = pathToFileURL(`${process.cwd()}/`);
const load = (file) => import(new URL(file, root).href);
const found = {};

/** The first line of what went wrong, and those after it where it only announces them. */
function reason(error) {
  const lines = String(error?.message ?? error).split('\n').filter((line) => line.trim() !== '');
  return lines.slice(0, error?.name === 'ConfigError' ? 4 : lines[0]?.endsWith(':') ? 2 : 1).join(' ').replaceAll(/\s+/g, ' ').slice(0, 400);
}

async function attempt(key, work) {
  try {
    found[key] = await work();
  } catch (error) {
    found[`${key}Fault`] = reason(error);
  }
}

const canary = 'postgres://admin:canary-1f0a@db.internal/prod';

/** Where calls keep what they remember; platforms differ in whether they ask for it. */
async function stateInProcess() {
  return existsSync('src/platform/state/state.ts') ? { state: (await load('src/platform/state/state.ts')).stateInProcess() } : {};
}

/** One call and its answer, short enough to print. */
async function ask(client, name, args) {
  const request = `tools/call ${name} ${JSON.stringify(args)}`;
  try {
    const { isError = false, structuredContent, content, _meta } = await client.callTool({ name, arguments: args });
    const text = content?.[0]?.text ?? '';
    return { request, isError, output: structuredContent, error: isError ? JSON.parse(text) : undefined, meta: _meta, answer: text.slice(0, 400) };
  } catch (error) {
    return { request, rejected: error.code ?? error.name, answer: reason(error) };
  }
}

async function inMemory() {
  const [{ compileTool }, { ToolError }, { loadEnvironment }, { createLog }, { LOCAL_PRINCIPAL }, { tools }, { settings }] = await Promise.all(
    ['src/platform/define/tool.ts', 'src/platform/call/error.ts', 'src/platform/config/environment.ts', 'src/platform/observe/log.ts', 'src/platform/principal.ts', 'src/tools/index.ts', 'src/config.ts'].map(load),
  );
  const z = await import('zod');
  let effects = 0;
  const parts = { title: 'Probe', when: 'Call this from mcp-gen check.', returns: 'Nothing of use.', scopes: [] };
  const output = z.object({ count: z.number() });
  const probes = [
    compileTool({ ...parts, name: 'mcp_gen_probe_write', effect: 'write', blastRadius: 'a counter', input: z.strictObject({ text: z.string().max(50) }), output, run: () => ({ count: ++effects, undeclared: canary }) }),
    compileTool({ ...parts, name: 'mcp_gen_probe_throw', effect: 'read', input: z.strictObject({}), output, run: () => { throw new Error(canary); } }),
    compileTool({ ...parts, name: 'mcp_gen_probe_class', effect: 'read', input: z.strictObject({ error_class: z.string().max(20) }), output, run: ({ error_class: wanted }) => { throw ToolError[wanted]('Said on purpose.'); } }),
    compileTool({ ...parts, name: 'mcp_gen_probe_scope', effect: 'read', scopes: ['mcp-gen:nobody-has-this'], input: z.strictObject({}), output, run: () => ({ count: 0 }) }),
  ];
  // The catalog is this array: the probes go through the same pipeline as the tools beside them.
  tools.push(...probes);
  const { createRuntime } = await load('src/platform/runtime.ts');
  const { Client } = await import('@modelcontextprotocol/client');
  const { InMemoryTransport } = await import('@modelcontextprotocol/server');
  const { serveStdio } = await import('@modelcontextprotocol/server/stdio');

  const start = async (environment) => {
    const logs = [];
    const runtime = createRuntime(loadEnvironment(settings, { ...process.env, ...environment }), { transport: 'http', ...(await stateInProcess()), log: createLog('info', (line) => logs.push(line)) });
    const connect = async (principal) => {
      const [near, far] = InMemoryTransport.createLinkedPair();
      serveStdio(runtime.factoryFor(() => principal), { transport: far });
      const client = new Client({ name: 'mcp-gen check', version: '1.0.0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
      await client.connect(near);
      return client;
    };
    return { logs, connect, runtime };
  };
  const personOf = (tenant) => ({ ...LOCAL_PRINCIPAL, kind: 'user', tenant, user: { issuer: 'https://issuer.example', subject: `person of ${tenant}` } });

  const { logs, connect } = await start({});
  const [one, other] = [await connect(personOf('tenant-one')), await connect(personOf('tenant-two'))];
  const write = (client, text, key) => ask(client, 'mcp_gen_probe_write', { text, ...(key && { idempotency_key: key }) });
  const key = 'mcp-gen-check-key';
  const answers = {
    first: await write(one, canary, key),
    again: await write(one, canary, key),
    otherArguments: await write(one, 'other', key),
    withoutKey: await write(one, 'x'),
    otherTenant: await write(other, canary, key),
    unknownArgument: await ask(one, 'mcp_gen_probe_throw', { no_such_argument: canary }),
    thrown: await ask(one, 'mcp_gen_probe_throw', {}),
    scope: await ask(one, 'mcp_gen_probe_scope', {}),
    unknownTool: await ask(one, 'no_such_tool', {}),
  };
  const makers = ['validation', 'notFound', 'permanent', 'transient', 'authorization', 'rateLimit', 'conflict'];
  const classes = [];
  for (const error_class of makers) classes.push(await ask(one, 'mcp_gen_probe_class', { error_class }));

  return { canary, answers, classes, limits: await inLimits(await start({}), personOf), logs };
}

/** Three calls a minute for a tenant, seven calls of one and one of its neighbour, as the HTTP edge decides. Nothing where there is no such edge. */
async function inLimits({ runtime }, personOf) {
  const many = [];
  if (!existsSync('src/platform/http/limit.ts')) return { many, neighbour: {} };
  const [{ createLimiter }, { budgetOf }] = await Promise.all(['src/platform/http/limit.ts', 'src/platform/call/allowance.ts'].map(load));
  const limit = createLimiter({ RATE_LIMIT_TENANT_PER_MINUTE: 3, RATE_LIMIT_AGENT_PER_MINUTE: 0, RATE_LIMIT_TOOL_PER_MINUTE: 0 }, runtime);
  const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'mcp_gen_probe_write' } };
  const request = 'tools/call mcp_gen_probe_write, RATE_LIMIT_TENANT_PER_MINUTE=3';
  const decide = async (tenant) => {
    const allowance = await limit(personOf(tenant), message);
    if (!(allowance instanceof Response)) {
      const meta = budgetOf(allowance);
      return { request, isError: false, meta, answer: JSON.stringify(meta) };
    }
    const { error } = await allowance.json();
    const retry_after_seconds = Number(allowance.headers.get('retry-after'));
    return { request, isError: true, error: { ...error.data, retry_after_seconds }, answer: `${allowance.status} ${error.message}` };
  };
  for (let count = 0; count < 7; count++) many.push(await decide('tenant-one'));
  return { many, neighbour: await decide('tenant-two') };
}

async function overHttp() {
  const [{ authSettings }, { createApp }, { deriveHttpConfig }, { loadEnvironment }, { createLog }, { createRuntime }] = await Promise.all(
    ['src/platform/auth/settings.ts', 'src/platform/http/app.ts', 'src/platform/http/config.ts', 'src/platform/config/environment.ts', 'src/platform/observe/log.ts', 'src/platform/runtime.ts'].map(load),
  );
  const { settings } = await load('src/config.ts');
  const issuer = { OAUTH_ISSUER: 'https://issuer.example', OAUTH_JWKS_URI: 'https://issuer.example/jwks' };
  const environment = loadEnvironment(authSettings.extend(settings.shape), { ...process.env, ...issuer, NODE_ENV: 'development', HOST: 'localhost', PORT: '3000', MCP_PUBLIC_URL: 'http://localhost:3000/mcp' });
  const app = createApp(deriveHttpConfig(environment), createRuntime(environment, { transport: 'http', ...(await stateInProcess()), log: createLog('silent', () => {}) }));
  const request = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } } };
  const post = async (headers) => {
    const all = { host: 'localhost:3000', 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/list', ...headers };
    const response = await app.fetch(new Request('http://localhost:3000/mcp', { method: 'POST', headers: all, body: JSON.stringify(request) }));
    return { request: `POST /mcp tools/list ${JSON.stringify(headers)}`, status: response.status, challenge: response.headers.get('www-authenticate'), answer: (await response.text()).slice(0, 300) };
  };
  const metadata = await app.fetch(new Request('http://localhost:3000/.well-known/oauth-protected-resource/mcp', { headers: { host: 'localhost:3000' } }));
  return {
    anonymous: await post({}),
    garbage: await post({ authorization: 'Bearer not-a-token' }),
    evilHost: await post({ host: 'evil.example' }),
    evilOrigin: await post({ origin: 'https://evil.example' }),
    metadata: { request: 'GET /.well-known/oauth-protected-resource/mcp', status: metadata.status, answer: (await metadata.text()).slice(0, 600) },
  };
}

// Servers log; nothing of theirs may mix with what is read here.
console.log = console.error;
await attempt('surface', async () => (await load('dev/surface.ts')).readSurface());
if (found.surface) await attempt('calls', inMemory);
if (found.surface && existsSync('src/platform/http/app.ts')) await attempt('http', overHttp);
writeSync(3, JSON.stringify(found));
process.exit(0);
