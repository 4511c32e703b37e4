import { execFileSync, fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { row } from './measure.mjs';
import { startIssuer, start as startServer } from './server.mjs';

// npm run outage [-- --only storm,neighbour,sockets,bodies --mood refuses,resets,hangs --node /path/to/another/node]
// What a generated server does for others while something around it misbehaves: its API, one of its tenants, its clients.
const self = fileURLToPath(import.meta.url);
const cli = (name) => fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));
const ROLES = { api: beApi, flood: beFlood };

/** In a process of its own: an API that is `fine`, `refuses` (503), `resets`, or `hangs` and forgets what it was asked. */
function beApi() {
  let mood = 'fine';
  let asked = 0;
  const server = createServer((incoming, answer) => {
    asked++;
    incoming.resume();
    if (incoming.url.includes('endless')) {
      const more = () => {
        while (!answer.destroyed && answer.write('x'.repeat(65_536)));
      };
      answer.on('drain', more);
      more();
    } else if (mood === 'resets') incoming.socket.resetAndDestroy();
    else if (mood === 'refuses') answer.writeHead(503).end('no');
    else if (mood === 'fine') setTimeout(() => answer.writeHead(200).end('yes'), 5);
  });
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
  process.on('message', (next) => {
    if (next !== 'count') mood = next;
    process.send({ asked });
  });
}

/** In a process of its own: so many sockets that send a call as soon as the one before is answered, while told to. */
function beFlood() {
  const [port, connections, token, name, args] = process.argv.slice(3);
  let isOn = false;
  let count = 0;
  let refused = 0;
  const workers = Array.from({ length: Number(connections) }, () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const next = async () => {
      if (!isOn) return;
      const { status, result } = await call(Number(port), token, name, JSON.parse(args.replaceAll('#', String(count++))), agent);
      if (status === 429) refused++;
      // An agent thinks about an error; whoever floods does not about a refusal.
      if (result?.isError) await sleep(200);
      setImmediate(next);
    };
    return next;
  });
  process.on('message', (on) => {
    const wasOn = isOn;
    isOn = on;
    if (on && !wasOn) for (const next of workers) void next();
    process.send({ count, refused });
  });
  process.send({ port: 0 });
}

let serial = 0;

/** A call as headers and a body. */
function requestOf(port, token, name, args) {
  const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
  const body = JSON.stringify({ jsonrpc: '2.0', id: ++serial, method: 'tools/call', params: { name, arguments: args, _meta: meta } });
  const headers = { host: `localhost:${port}`, authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': name, 'content-length': Buffer.byteLength(body) };
  return { headers, body };
}

/** The same as bytes. */
function rawCall(port, token, name, args) {
  const { headers, body } = requestOf(port, token, name, args);
  return `POST /mcp HTTP/1.1\r\n${Object.entries(headers).map((pair) => pair.join(': ')).join('\r\n')}\r\n\r\n${body}`;
}

/** @returns status and result of one call, and its latency in milliseconds; status 0 when the connection broke. */
function call(port, token, name, args, agent) {
  const { headers, body } = requestOf(port, token, name, args);
  const begin = performance.now();
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path: '/mcp', method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      answer.on('error', () => resolve({ status: 0, ms: performance.now() - begin }));
      answer.on('end', () => resolve({ status: answer.statusCode, result: text.startsWith('{') ? JSON.parse(text).result : undefined, ms: performance.now() - begin }));
    });
    sent.on('error', () => resolve({ status: 0, ms: performance.now() - begin })).end(body);
  });
}

/** A process of this file in one of its roles. `ask` sends a message and resolves to the answer. */
async function start(role, ...argv) {
  const child = fork(self, [role, ...argv.map(String)]);
  const next = () => new Promise((resolve) => child.once('message', resolve));
  const { port } = await next();
  return { port, child, ask: (message) => (child.send(message), next()) };
}

const tool = (name, input, output, run) => `import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: '${name}',
  title: '${name}',
  when: 'Call this to measure.',
  returns: 'Something.',
  effect: 'read',
  scopes: [],
  input: z.strictObject(${input}),
  output: z.object(${output}),
  ${run}
});
`;

/** Generates, fills and builds the server that is measured. @returns the file that starts it. */
function generate(workspace) {
  const repo = path.join(workspace, 'outage');
  execFileSync(process.execPath, [cli('create-mcp-server'), 'outage', '--yes', '--auth', 'oidc', '--no-example', '--no-git', '--no-install'], { cwd: workspace, stdio: 'pipe' });
  for (const upstream of ['api', 'other']) execFileSync(process.execPath, [cli('mcp-gen'), 'add', 'tool', `get_${upstream}`, '--kind', 'upstream', '--upstream', upstream, '--request', 'GET /things/{id}'], { cwd: repo, stdio: 'pipe' });
  const tools = path.join(repo, 'src/tools');
  mkdirSync(tools, { recursive: true });
  writeFileSync(path.join(tools, 'say_hello.ts'), tool('say_hello', "{ name: z.string().max(50).describe('Who') }", "{ text: z.string().describe('Hello') }", 'async run({ name }) { return { text: `Hello ${name}` }; },'));
  writeFileSync(path.join(tools, 'wait_long.ts'), tool('wait_long', "{ name: z.string().max(50).describe('Who') }", "{ text: z.string().describe('Done') }", "async run() { await new Promise((resolve) => setTimeout(resolve, 250 + Math.random() * 500)); return { text: 'done' }; },"));
  writeFileSync(path.join(tools, 'tell_much.ts'), tool('tell_much', "{ name: z.string().max(50).describe('Who') }", "{ text: z.string().describe('Much') }", "async run() { return { text: 'x'.repeat(1_000_000) }; },"));
  execFileSync(process.execPath, [cli('mcp-gen'), 'sync'], { cwd: repo, stdio: 'pipe' });
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: repo, stdio: 'pipe' });
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: repo, stdio: 'pipe' });
  return path.join(repo, 'dist/node.js');
}

const at = (values, part) => values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? NaN;
const megabytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

/** Fifty agents with a call a second each; half of them wait as they are told, half repeat at once and up to ten times. */
async function storm({ server, issuer, api }, mood) {
  const agents = Array.from({ length: 50 }, (_, n) => ({ n, token: issuer.tokenFor({ client_id: `agent-${n}` }), agent: new Agent({ keepAlive: true, maxSockets: 1 }), firstBack: undefined }));
  const calls = [];
  let backAt = Infinity;
  const over = { yet: false };
  const work = async (one) => {
    await sleep(one.n * 20);
    for (let count = 0; !over.yet; count++) {
      const due = performance.now() + 1_000;
      for (let attempt = 0; attempt <= 10 && !over.yet; attempt++) {
        const { status, result } = await call(server.port, one.token, 'get_api', { id: `${mood}-${one.n}-${count}` }, one.agent);
        const isFine = status === 200 && !result.isError;
        calls.push({ at: performance.now(), isFine });
        if (isFine && performance.now() > backAt) one.firstBack ??= performance.now() - backAt;
        const wait = result?.structuredContent?.error?.retry_after_seconds;
        if (isFine || result?.structuredContent?.error?.retryable === false) break;
        if (one.n % 2 === 0 && wait !== undefined) await sleep(wait * 1_000);
      }
      await sleep(Math.max(0, due - performance.now()));
    }
  };
  const running = agents.map(work);
  await sleep(3_000);
  const before = (await api.ask('count')).asked;
  await sleep(5_000);
  const during = (await api.ask(mood)).asked;
  await sleep(5_000);
  const after = (await api.ask('fine')).asked;
  backAt = performance.now();
  await sleep(25_000);
  over.yet = true;
  await Promise.all(running);
  // The first second of three in which 99 of 100 calls go well.
  const goesWell = (second) => {
    const ended = calls.filter((one) => one.at >= backAt + second * 1_000 && one.at < backAt + (second + 1) * 1_000);
    return ended.length > 0 && ended.filter(({ isFine }) => isFine).length / ended.length >= 0.99;
  };
  const recovered = Array.from({ length: 22 }, (_, second) => second).find((second) => [0, 1, 2].every((more) => goesWell(second + more))) ?? Infinity;
  const everybody = Math.max(...agents.map(({ firstBack = Infinity }) => firstBack)) / 1_000;
  const made = calls.filter((one) => one.at > backAt - 5_000 && one.at < backAt).length;
  return [
    row(`R072 the API ${mood} for 5 s: requests to it, against usual traffic (${after - during} / ${during - before}; agents made ${made} calls)`, (after - during) / (during - before), 1.5),
    row(`R072 the API ${mood} for 5 s: 99 % of calls go well again from then on (every agent has had an answer after ${everybody.toFixed(1)} s)`, recovered, 10, 's'),
  ];
}

/** The p95 of a caller who sends forty calls a second, in turns without and with what disturbs. */
async function disturbed({ server, issuer }, name, argument, disturb) {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const token = issuer.tokenFor({ org_id: 'globex', client_id: 'quiet' });
  const seen = { quiet: [], loud: [] };
  for (let round = 0; round < 8; round++) {
    for (const phase of ['quiet', 'loud']) {
      await disturb(phase === 'loud');
      await sleep(700);
      const open = [];
      for (let count = 0; count < 80; count++) {
        open.push(call(server.port, token, name, { [argument]: `${phase}${round}-${count}` }, agent).then(({ status, result, ms }) => seen[phase].push(status === 200 && !result.isError ? ms : Infinity)));
        await sleep(25);
      }
      await Promise.all(open);
    }
  }
  await disturb(false);
  agent.destroy();
  return { quiet: at(seen.quiet, 0.95), loud: at(seen.loud, 0.95), failed: [...seen.quiet, ...seen.loud].filter((ms) => ms === Infinity).length };
}

async function neighbour(world) {
  const { server, issuer, api } = world;
  const rows = [];
  for (const [connections, what] of [[200, 'tenant A floods a slow tool from 200 sockets'], [100, 'tenant A keeps its 100 calls running']]) {
    const loud = await start('flood', server.port, connections, issuer.tokenFor({ org_id: 'acme' }), 'wait_long', '{"name":"#"}');
    const { quiet, loud: other, failed } = await disturbed(world, 'say_hello', 'name', (on) => loud.ask(on));
    const { count, refused } = await loud.ask(false);
    loud.child.kill();
    rows.push(row(`R131 ${what}: p95 of tenant B's small tool, against before (${other.toFixed(1)} / ${quiet.toFixed(1)} ms; ${failed} failed; A sent ${count}, ${refused} refused)`, other / quiet, 2));
  }
  const stuck = await start('flood', server.port, 40, issuer.tokenFor({ org_id: 'acme' }), 'get_api', '{"id":"#"}');
  const { quiet, loud, failed } = await disturbed(world, 'get_other', 'id', async (on) => {
    await api.ask(on ? 'hangs' : 'fine');
    await stuck.ask(on);
  });
  stuck.child.kill();
  rows.push(row(`R075 API A hangs, and 40 calls wait for it: p95 of a tool of API B, against before (${loud.toFixed(1)} / ${quiet.toFixed(1)} ms; ${failed} failed)`, loud / quiet, 2));
  return rows;
}

async function sockets({ server, issuer }) {
  const { pid } = server.child;
  const token = issuer.tokenFor({ org_id: 'globex' });
  const honest = async () => (await call(server.port, token, 'say_hello', { name: `n${++serial}` }, new Agent())).status;
  await honest();
  const [memory, files] = [megabytes(pid), descriptors(pid)];
  const open = Array.from({ length: 5_000 }, () => connect(server.port, '127.0.0.1').on('error', () => undefined));
  await sleep(3_000);
  const [more, held] = [megabytes(pid), descriptors(pid)];
  const meanwhile = await honest();
  await sleep(12_000);
  const left = descriptors(pid);
  const later = await honest();
  for (const socket of open) socket.destroy();
  console.log(`      5,000 sockets: ${files} descriptors before, ${held} meanwhile, ${left} after 15 s; an honest client gets ${meanwhile} meanwhile (0 is a closed connection), ${later} later`);
  return [row('R131 5,000 idle sockets: memory', more - memory, 100, 'MB'), row('descriptors that are left 15 s later', left - files, 50, 'descriptors')];
}

async function bodies({ server, issuer }) {
  const { pid } = server.child;
  const token = issuer.tokenFor({ org_id: 'globex' });
  const peak = { value: 0 };
  const watch = setInterval(() => (peak.value = Math.max(peak.value, megabytes(pid))), 50);
  const measure = async (work) => {
    const before = megabytes(pid);
    peak.value = before;
    await work();
    return peak.value - before;
  };
  const agent = new Agent({ keepAlive: false });
  const endless = await measure(async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, (_, n) => call(server.port, token, 'get_api', { id: `endless-${n}` }, agent)));
    const counts = {};
    for (const { result } of answers) {
      const said = result?.structuredContent?.error?.message ?? 'none';
      counts[said] = (counts[said] ?? 0) + 1;
    }
    console.log(`      60 calls to an API whose answer never ends: ${JSON.stringify(counts)}`);
  });
  const files = descriptors(pid);
  let stalled = [];
  const slow = await measure(async () => {
    stalled = Array.from({ length: 200 }, (_, n) => {
      const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
      socket.pause();
      for (let count = 0; count < 5; count++) socket.write(rawCall(server.port, token, 'tell_much', { name: `s${n}-${count}` }));
      return socket;
    });
    await sleep(8_000);
  });
  const held = descriptors(pid) - files;
  await sleep(50_000);
  const later = descriptors(pid) - files;
  console.log(`      200 clients that do not read: ${held} descriptors held after 8 s, ${later} after 58 s; honest client: ${(await call(server.port, token, 'say_hello', { name: 'x' }, agent)).status}`);
  for (const socket of stalled) socket.destroy();
  clearInterval(watch);
  return [row('60 endless answers of an API: memory at most', endless, 300, 'MB'), row('200 clients that do not read five answers of 2 MB: memory at most', slow, 900, 'MB'), row('of them still connected after 58 s', later, 10, 'sockets')];
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string', default: 'storm,neighbour,sockets,bodies' }, mood: { type: 'string', default: 'refuses,resets,hangs' }, node: { type: 'string', default: process.execPath } } });
  const workspace = realpathSync(mkdtempSync(path.join(tmpdir(), 'outage-')));
  const issuer = await startIssuer('https://mcp.example.com/mcp');
  const [apiProcess, other] = [await start('api'), await start('api')];
  const rows = [];
  try {
    const file = generate(workspace);
    const env = { ...issuer.env, TOKEN_CACHE: 'true', API_URL: `http://127.0.0.1:${apiProcess.port}`, OTHER_URL: `http://127.0.0.1:${other.port}`, RATE_LIMIT_TENANT_PER_MINUTE: '1000000', RATE_LIMIT_AGENT_PER_MINUTE: '1000000', RATE_LIMIT_TOOL_PER_MINUTE: '1000000' };
    for (const part of values.only.split(',')) {
      for (const mood of part === 'storm' ? values.mood.split(',') : [undefined]) {
        // Memory as in a container of 512 MB: with more, the figure would be what nobody has collected yet.
        const server = await startServer(values.node, file, { env, argv: part === 'bodies' ? ['--max-old-space-size=256'] : [] });
        try {
          rows.push(...(await { storm, neighbour, sockets, bodies }[part]({ server, issuer, api: apiProcess }, mood)));
        } finally {
          server.child.kill('SIGKILL');
        }
      }
    }
  } finally {
    for (const { child } of [apiProcess, other]) child.kill();
    issuer.close();
    rmSync(workspace, { recursive: true, force: true });
  }
  for (const one of rows) console.log(`${one.holds ? 'ok  ' : 'FAIL'}  ${one.value.padStart(16)}  (${one.limit})  ${one.title}`);
  process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;
}

await (ROLES[process.argv[2]] ?? main)();
