import { execFileSync, spawn } from 'node:child_process';
import { KeyObject, sign } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { atLeast, interleave, row, timed } from './measure.mjs';
import { buildServers } from './servers.mjs';

const load = fileURLToPath(new URL('load.mjs', import.meta.url));

const envelope = '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}';
const modernHead = (method, name) => `MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: ${method}\r\n${name ? `Mcp-Name: ${name}\r\n` : ''}`;
const call = (meta, extra = '') => `{"jsonrpc":"2.0","id":#,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello"${extra}}${meta}}}`;

/** Requests by name: their extra header lines and their body. */
const requests = {
  modern: [modernHead('tools/call', 'echo'), call(`,${envelope}`)],
  modernWrite: [modernHead('tools/call', 'echo'), call(`,${envelope}`, ',"idempotency_key":"key-number-#"')],
  modernAnother: [modernHead('tools/call', 'echo'), call(`,${envelope}`).replace('hello', 'hello #')],
  legacy: ['MCP-Protocol-Version: 2025-11-25\r\n', call('')],
  list: [modernHead('tools/list'), `{"jsonrpc":"2.0","id":#,"method":"tools/list","params":{${envelope}}}`],
};

/** Every call is counted, and none refused; the loop guard would refuse a load that is always the same call. */
const counted = { RATE_LIMIT_TENANT_PER_MINUTE: '1000000', RATE_LIMIT_AGENT_PER_MINUTE: '0', RATE_LIMIT_TOOL_PER_MINUTE: '1000000' };
/** What a server in production needs; in development it would also tell how long each step took. */
const production = (port) => ({ NODE_ENV: 'production', MCP_SECRET: Buffer.alloc(32, 1).toString('base64'), MCP_PUBLIC_URL: `http://localhost:${port}/mcp`, ALLOWED_HOSTS: `localhost:${port}`, ALLOW_UNAUTHENTICATED: 'true' });
const uncounted = { RATE_LIMIT_TENANT_PER_MINUTE: '0', RATE_LIMIT_TOOL_PER_MINUTE: '0' };

async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, 'localhost', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Starts a server pinned to the first core; the load runs on the second. */
export async function start(node, file, { argv = [], env = {} } = {}) {
  const port = await freePort();
  const child = spawn('taskset', ['-c', '0', node, ...argv, file], { cwd: path.dirname(path.dirname(file)), env: { ...process.env, PORT: String(port), ...production(port), ...counted, ...env }, stdio: 'ignore' });
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await fetch(`http://localhost:${port}/`).then(() => true, () => false)) return { port, child };
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.kill('SIGKILL');
  throw new Error(`${file} did not start`);
}

/** CPU seconds, user and system, of a process so far (proc(5): fields 14 and 15, in clock ticks). */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function drive({ port, child }, request, seconds, most = 2500) {
  const before = cpuSeconds(child.pid);
  const answered = Number(execFileSync('taskset', ['-c', '1', process.execPath, load, String(port), '16', String(seconds), String(most), ...request]).toString());
  return ((cpuSeconds(child.pid) - before) / answered) * 1e6;
}

/** Answers per second of wall time, the load and whatever the server waits for included. */
function rate(server, request, most = 2500) {
  const begin = process.hrtime.bigint();
  drive(server, request, 60, most);
  return most / (Number(process.hrtime.bigint() - begin) / 1e9);
}

/** Opens a session of the 2025 era. @returns the header line that belongs to it */
async function openSession(port) {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bench', version: '1' } } });
  const response = await fetch(`http://localhost:${port}/mcp`, { method: 'POST', headers, body });
  await response.text();
  return `Mcp-Session-Id: ${response.headers.get('mcp-session-id')}\r\n`;
}

const inSession = (line) => [`MCP-Protocol-Version: 2025-11-25\r\n${line}`, call('')];

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The keys of an authorization server, and tokens by it for a server whose address is `resource`. */
export async function startIssuer(resource) {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const key = KeyObject.from(pair.privateKey);
  const keys = [{ ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' }];
  const server = createHttpServer((_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys })));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://localhost:${server.address().port}`;
  const now = Math.floor(Date.now() / 1000);
  const tokenFor = (changes = {}) => {
    const claims = { iss: issuer, sub: 'user', aud: resource, client_id: 'bench', scope: 'notes:read', org_id: 'acme', jti: 'one', iat: now, exp: now + 3600, ...changes };
    const input = `${part({ alg: 'ES256', kid: 'bench', typ: 'at+jwt' })}.${part(claims)}`;
    return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  return { token: tokenFor(), tokenFor, close: () => server.close(), env: { MCP_PUBLIC_URL: resource, OAUTH_ISSUER: issuer, OAUTH_JWKS_URI: `${issuer}/jwks` } };
}

/** A Redis of the bench's own. */
async function startRedis() {
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
  await new Promise((resolve, reject) => {
    child.once('error', () => reject(new Error('the bench needs redis-server')));
    setTimeout(resolve, 500);
  });
  return { url: `redis://127.0.0.1:${port}`, child };
}

/** Kilobytes of heap that a thousand sessions leave behind, each. */
async function heapPerSession(node, file) {
  const folder = mkdtempSync(path.join(tmpdir(), 'heap-'));
  const probe = path.join(folder, 'probe.mjs');
  writeFileSync(probe, `import { writeFileSync } from 'node:fs';\nprocess.on('SIGUSR2', () => { gc(); gc(); writeFileSync(process.env.HEAP_FILE, String(process.memoryUsage().heapUsed)); });\n`);
  const heapFile = path.join(folder, 'heap');
  const server = await start(node, file, { argv: ['--expose-gc', '--import', probe], env: { HEAP_FILE: heapFile } });
  const heap = async () => {
    rmSync(heapFile, { force: true });
    server.child.kill('SIGUSR2');
    while (!existsSync(heapFile) || readFileSync(heapFile, 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 20));
    return Number(readFileSync(heapFile, 'utf8'));
  };
  const open = async (count) => {
    for (let at = 0; at < count; at++) await openSession(server.port);
  };
  try {
    await open(500);
    const before = await heap();
    await open(1000);
    return (await heap() - before) / 1000 / 1024;
  } finally {
    server.child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Spawn to the first answered call, in milliseconds. */
async function firstAnswer(node, file, more = {}) {
  const port = await freePort();
  const begin = process.hrtime.bigint();
  const child = spawn(node, [file], { cwd: path.dirname(path.dirname(file)), env: { ...process.env, PORT: String(port), ...counted, ...more }, stdio: 'ignore' });
  const [head, body] = requests.modern;
  const headers = Object.fromEntries(`${head}Content-Type: application/json\r\nAccept: application/json, text/event-stream`.split('\r\n').map((line) => line.split(': ')));
  try {
    for (;;) {
      const answer = await fetch(`http://localhost:${port}/mcp`, { method: 'POST', headers, body: body.replaceAll('#', '1') }).then((response) => response.json(), () => undefined);
      if (answer?.result !== undefined) return Number(process.hrtime.bigint() - begin) / 1e6;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  } finally {
    child.kill('SIGKILL');
  }
}

/**
 * CPU per request of generated servers against the SDK wired as its docs show, in one run.
 * @param limits the figures that must hold on this Node.js
 */
export async function serverRows(node, limits, { rounds, seconds }) {
  const { workspace, files } = buildServers();
  const running = {};
  const redis = await startRedis();
  const issuer = await startIssuer('https://mcp.example.com/mcp');
  try {
    // An agent without a limit may repeat itself: with one, the loop guard looks at each call.
    const agents = { RATE_LIMIT_AGENT_PER_MINUTE: '1000000' };
    const all = { ...issuer.env, ...agents, TOKEN_CACHE: 'true' };
    const own = { bare: uncounted, full: uncounted, signedIn: issuer.env, everything: all };
    for (const [name, file] of Object.entries(files)) running[name] = await start(node, file, { env: { REDIS_URL: redis.url, ...own[name] } });
    running.uncounted = await start(node, files.one, { env: uncounted });
    running.cached = await start(node, files.signedIn, { env: { ...issuer.env, TOKEN_CACHE: 'true' } });
    running.guarded = await start(node, files.one, { env: agents });
    running.filed = await start(node, files.one, { env: { AUDIT_FILE: path.join(workspace, 'audit.jsonl') } });
    // A store in memory holds 36,000 operations of a tenant: the second one is for the rates.
    running.everythingElse = await start(node, files.everything, { env: all });
    const withToken = ([head, body]) => [`${head}Authorization: Bearer ${issuer.token}\r\n`, body];
    const signed = withToken(requests.modern);
    const signedWrite = withToken([requests.modernWrite[0], requests.modernWrite[1].replace('hello', 'hello #')]);
    // While the load runs, this process answers nobody: the keys have to be there before.
    for (const { port } of [running.signedIn, running.cached, running.everything, running.everythingElse]) await fetch(`http://localhost:${port}/mcp`, { method: 'POST', headers: { authorization: `Bearer ${issuer.token}` } });
    const sessions = { memory: inSession(await openSession(running.memory.port)), redis: inSession(await openSession(running.redis.port)) };
    // A server's first ten thousand requests cost about double: nobody is measured before it has had them.
    for (const [name, request] of [['one', 'modern'], ['uncounted', 'modern'], ['guarded', 'modernAnother'], ['filed', 'modern'], ['one', 'legacy'], ['documentedOne', 'modern'], ['documentedOne', 'legacy'], ['fastest', 'modern'], ['many', 'modern'], ['fifty', 'list'], ['documentedFifty', 'list'], ['full', 'modernWrite'], ['bare', 'modernWrite'], ['redisWrite', 'modernWrite']]) {
      // A store in memory holds 36,000 operations of a tenant.
      drive(running[name], requests[request], 60, request === 'modernWrite' ? 10_000 : 15_000);
    }
    for (const store of ['memory', 'redis']) drive(running[store], sessions[store], 60, 15_000);
    for (const name of ['signedIn', 'cached']) drive(running[name], signed, 60, 15_000);
    for (const name of ['everything', 'everythingElse']) drive(running[name], signedWrite, 60, 10_000);
    const contestant = (name, request) => () => drive(running[name], requests[request], seconds);
    const cpu = await interleave(
      {
        modern: contestant('one', 'modern'),
        uncounted: contestant('uncounted', 'modern'),
        another: contestant('one', 'modernAnother'),
        guarded: contestant('guarded', 'modernAnother'),
        filed: contestant('filed', 'modern'),
        everything: () => drive(running.everything, signedWrite, seconds),
        documentedModern: contestant('documentedOne', 'modern'),
        fastest: contestant('fastest', 'modern'),
        legacy: contestant('one', 'legacy'),
        documentedLegacy: contestant('documentedOne', 'legacy'),
        many: contestant('many', 'modern'),
        list: contestant('fifty', 'list'),
        documentedList: contestant('documentedFifty', 'list'),
        full: contestant('full', 'modernWrite'),
        bare: contestant('bare', 'modernWrite'),
        signedIn: () => drive(running.signedIn, signed, seconds),
        cached: () => drive(running.cached, signed, seconds),
        memory: () => drive(running.memory, sessions.memory, seconds),
        redis: () => drive(running.redis, sessions.redis, seconds),
      },
      rounds,
    );
    const rates = await interleave(
      {
        documented: () => rate(running.documentedOne, requests.modern),
        everything: () => rate(running.everythingElse, signedWrite),
        redisWrite: () => rate(running.redisWrite, requests.modernWrite),
        redisSession: () => rate(running.redis, sessions.redis),
      },
      rounds,
    );
    const heap = await heapPerSession(node, files.memory);
    for (const { child } of Object.values(running)) child.kill('SIGTERM');
    const cold = await interleave({ node: () => timed([node, '-e', '0']), server: () => firstAnswer(node, files.one), watched: () => firstAnswer(node, files.one, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }) }, rounds * 2 + 1);
    return [
      row(`modern call of a small tool, against the SDK's documented wiring (${cpu.modern.toFixed(0)} / ${cpu.documentedModern.toFixed(0)} us)`, cpu.modern / cpu.documentedModern, limits.modern),
      row(`modern call of a small tool, against the SDK wired as fast as it goes, with no guard at all (${cpu.fastest.toFixed(0)} us)`, cpu.modern / cpu.fastest, 1),
      row(`2025-era stateless call, against the documented wiring (${cpu.legacy.toFixed(0)} / ${cpu.documentedLegacy.toFixed(0)} us)`, cpu.legacy / cpu.documentedLegacy, limits.legacy),
      row(`rate limits on, against off (${cpu.modern.toFixed(0)} / ${cpu.uncounted.toFixed(0)} us)`, cpu.modern / cpu.uncounted, 1.1),
      row('modern call with 200 tools, against 1', cpu.many / cpu.modern, 1.15),
      row(`tools/list of 50 tools, against a zod factory (${cpu.list.toFixed(0)} / ${cpu.documentedList.toFixed(0)} us)`, cpu.list / cpu.documentedList, 0.3),
      row(`audit, idempotency and caps on, against the same server without (${cpu.full.toFixed(0)} / ${cpu.bare.toFixed(0)} us)`, cpu.full / cpu.bare, 1.25),
      row(`everything on, in memory, token cached, against the same server bare (${cpu.everything.toFixed(0)} / ${cpu.bare.toFixed(0)} us)`, cpu.everything / cpu.bare, 1.35),
      row(`the same, against the SDK's documented wiring (${cpu.documentedModern.toFixed(0)} us)`, cpu.everything / cpu.documentedModern, 0.55),
      row(`the loop guard and a limit of the agent on, against off (${cpu.guarded.toFixed(0)} / ${cpu.another.toFixed(0)} us)`, cpu.guarded / cpu.another, 1.1),
      row(`audit records in a file, against the log (${cpu.filed.toFixed(0)} us)`, cpu.filed / cpu.modern, 1.1),
      row('spawn to first answer, bundled, against node -e 0', cold.server / cold.node, 8),
      row('spawn to first answer, telemetry on, against off', cold.watched / cold.server, 1.6),
      row(`2025-era call in a session, in memory, against the SDK's documented wiring (${cpu.memory.toFixed(0)} us)`, cpu.memory / cpu.documentedLegacy, limits.legacy),
      row(`2025-era call in a session on Redis, against the same (${cpu.redis.toFixed(0)} us)`, cpu.redis / cpu.documentedLegacy, 1),
      row(`a token verified on every call (ES256), against the same server without sign-in (${cpu.signedIn.toFixed(0)} us)`, cpu.signedIn / cpu.modern, 2.5),
      row(`the same with the token cache (${cpu.cached.toFixed(0)} us)`, cpu.cached / cpu.modern, 1.25),
      row('heap of a session with 10 tools, in memory', heap, 12, 'KB'),
      atLeast('calls per second, everything on in memory, against a call of the SDK without anything', rates.everything / rates.documented, 1.5),
      atLeast('calls per second, a write on Redis, against a call of the SDK without anything', rates.redisWrite / rates.documented, 1.3),
      atLeast('calls per second, a session on Redis, against the same', rates.redisSession / rates.documented, 1.3),
    ];
  } finally {
    redis.child.kill('SIGKILL');
    issuer.close();
    for (const { child } of Object.values(running)) child.kill('SIGKILL');
    rmSync(workspace, { recursive: true, force: true });
  }
}
