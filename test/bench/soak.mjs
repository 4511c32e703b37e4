import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

// npm run soak [-- --minutes 10 --rate 200]
// A steady load on a generated server with all its guards on. Exit code 1 when a call fails or the heap keeps growing.
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, rate: { type: 'string', default: '200' } } });
const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
const cli = fileURLToPath(new URL('../../dist/create-mcp-server.js', import.meta.url));
const workspace = realpathSync(mkdtempSync(path.join(tmpdir(), 'soak-')));
const repo = path.join(workspace, 'soak');
const heapFile = path.join(workspace, 'heap');
const probe = path.join(workspace, 'probe.mjs');

execFileSync(process.execPath, [cli, 'soak', '--yes', '--auth', 'none', '--session', 'memory', '--no-git'], { cwd: workspace, stdio: 'pipe' });
execFileSync('npm', ['run', '--silent', 'build'], { cwd: repo, stdio: 'pipe' });
writeFileSync(probe, `import { appendFileSync } from 'node:fs';\nsetInterval(() => { gc(); appendFileSync(${JSON.stringify(heapFile)}, process.memoryUsage().heapUsed + '\\n'); }, 5000).unref();\n`);

const port = await new Promise((resolve) => {
  const found = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = found.address();
    found.close(() => resolve(free));
  });
});
const limits = { RATE_LIMIT_TENANT_PER_MINUTE: '1000000', RATE_LIMIT_AGENT_PER_MINUTE: '1000000', RATE_LIMIT_TOOL_PER_MINUTE: '1000000' };
const server = spawn(process.execPath, ['--expose-gc', '--import', probe, 'dist/node.js'], { cwd: repo, env: { ...process.env, PORT: String(port), ...limits }, stdio: 'ignore' });
const agent = new Agent({ keepAlive: true, maxSockets: 20 });

/** One search, different every time: the loop guard stops whoever repeats itself. @returns its latency in milliseconds, or undefined when it failed */
function search(count) {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: count,
    method: 'tools/call',
    params: { name: 'search_notes', arguments: { query: `word ${count}` }, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } },
  });
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'search_notes', 'content-length': Buffer.byteLength(body) };
  const begin = performance.now();
  return new Promise((resolve) => {
    const sent = request({ host: 'localhost', port, path: '/mcp', method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve(answer.statusCode === 200 && text.includes('"structuredContent"') && !text.includes('"isError":true') ? performance.now() - begin : undefined));
    });
    sent.on('error', () => resolve(undefined)).end(body);
  });
}

/** Least squares, in kilobytes a minute, of samples taken every five seconds. */
function slopeOf(samples) {
  const x = (samples.length - 1) / 2;
  const y = samples.reduce((sum, one) => sum + one, 0) / samples.length;
  const [above, below] = samples.reduce(([a, b], one, at) => [a + (at - x) * (one - y), b + (at - x) ** 2], [0, 0]);
  return (above / below / 1024) * 12;
}

try {
  for (let attempt = 0; attempt < 200 && !(await fetch(`http://localhost:${port}/healthz`).then(({ ok }) => ok, () => false)); attempt++) await sleep(50);
  const latencies = [];
  let [count, failed] = [0, 0];
  const open = new Set();
  const begin = performance.now();
  while (performance.now() - begin < minutes * 60_000) {
    const due = Math.floor(((performance.now() - begin) / 1_000) * rate);
    for (; count < due; count++) {
      const one = search(count).then((latency) => {
        if (latency === undefined) failed++;
        else latencies.push(latency);
        open.delete(one);
      });
      open.add(one);
    }
    await sleep(10);
  }
  await Promise.all(open);
  const heaps = readFileSync(heapFile, 'utf8').trim().split('\n').map(Number);
  // The first half fills what is bounded: remembered calls, buckets, compiled code.
  const second = heaps.slice(heaps.length >> 1);
  const slope = slopeOf(second);
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (part) => (sorted[Math.floor(sorted.length * part)] ?? NaN).toFixed(1);
  console.log(`${count} calls in ${minutes} min, ${failed} failed; p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`);
  console.log(`heap after collection: ${(heaps[0] / 2 ** 20).toFixed(1)} MB at first, ${(heaps.at(-1) / 2 ** 20).toFixed(1)} MB at last, ${slope.toFixed(1)} KB/min over the second half`);
  process.exitCode = failed === 0 && slope < 100 ? 0 : 1;
} finally {
  agent.destroy();
  server.kill('SIGKILL');
  rmSync(workspace, { recursive: true, force: true });
}
