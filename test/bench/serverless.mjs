import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { interleave, row } from './measure.mjs';
import { echoes, generate } from './servers.mjs';

const URL_OF_IT = 'https://mcp.example.com/mcp';
const variables = { MCP_PUBLIC_URL: URL_OF_IT, MCP_SECRET: Buffer.alloc(32, 1).toString('base64'), ALLOW_UNAUTHENTICATED: 'true', LOG_LEVEL: 'error' };

const headers = { host: 'mcp.example.com', 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'echo' };
const envelope = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };
const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: { text: 'hello' }, _meta: envelope } });

/** The last line of a script: CPU time of its process, user and system, in microseconds. Audit records come before it. */
const spent = "const { user, system } = process.cpuUsage();\nprocess.stdout.write(`\\n${user + system}`);\n";

/** The answer of the only call, from a function as Lambda calls it. */
const lambdaScript = (entry) => `const event = { version: '2.0', rawPath: '/mcp', rawQueryString: '', headers: ${JSON.stringify(headers)}, requestContext: { http: { method: 'POST', path: '/mcp', sourceIp: '192.0.2.1' } }, body: ${JSON.stringify(body)} };
const { buffered } = await import(${JSON.stringify(pathToFileURL(entry).href)});
const answer = await buffered(event, { getRemainingTimeInMillis: () => 1_000 });
if (!answer.body.includes('"structuredContent"')) throw new Error(answer.body);
${spent}process.exit();
`;

/** The same from a Worker. What its runtime brings along is not there, so this is Node.js running what Cloudflare would. */
const workerScript = (entry) => `const { default: worker } = await import(${JSON.stringify(pathToFileURL(entry).href)});
const request = new Request(${JSON.stringify(URL_OF_IT)}, { method: 'POST', headers: ${JSON.stringify(headers)}, body: ${JSON.stringify(body)} });
const text = await (await worker.fetch(request, ${JSON.stringify(variables)})).text();
if (!text.includes('"structuredContent"')) throw new Error(text);
${spent}process.exit();
`;

/** Bundles the entry for Workers as wrangler does, with a stand-in for the only module that its runtime brings along. */
function bundleWorker(workspace, repo) {
  const stub = path.join(repo, 'stub.mjs');
  writeFileSync(stub, 'export const env = {};\nexport const waitUntil = () => undefined;\n');
  const outfile = path.join(repo, 'bundled/worker.mjs');
  const argv = ['--bundle', '--format=esm', '--platform=browser', '--conditions=workerd,worker,browser', `--alias:cloudflare:workers=${stub}`, '--log-level=error', `--outfile=${outfile}`];
  execFileSync(path.join(workspace, 'node_modules/.bin/esbuild'), ['src/entry/worker.ts', ...argv], { cwd: repo, stdio: 'pipe' });
  return outfile;
}

/** Cold starts: CPU time of a process that imports a bundle and answers one call. @param node the executable */
export async function serverlessRows(node, rounds) {
  const workspace = realpathSync(mkdtempSync(path.join(tmpdir(), 'bench-serverless-')));
  try {
    const repo = generate(workspace, 'serverless', echoes(1), [], ['--deploy', 'lambda,cloudflare']);
    writeFileSync(path.join(workspace, 'package.json'), JSON.stringify({ private: true, workspaces: ['*'] }));
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: workspace, stdio: 'pipe' });
    execFileSync('npm', ['run', '--silent', 'build'], { cwd: repo, stdio: 'pipe' });
    const scripts = path.join(repo, 'cold');
    mkdirSync(scripts);
    const contestant = (name, source, more = {}) => {
      const file = path.join(scripts, `${name}.mjs`);
      writeFileSync(file, source);
      return () => Number(execFileSync(node, [file], { env: { PATH: process.env.PATH, ...variables, ...more } }).toString().split('\n').at(-1)) / 1_000;
    };
    const nothing = () => Number(execFileSync(node, ['-e', `0;${spent}`], { env: { PATH: process.env.PATH } }).toString()) / 1_000;
    const cold = await interleave({ nothing, lambda: contestant('lambda', lambdaScript(path.join(repo, 'dist/lambda.js')), { NODE_OPTIONS: '--enable-source-maps' }), worker: contestant('worker', workerScript(bundleWorker(workspace, repo))) }, rounds);
    const figures = (name) => `${cold[name].toFixed(0)} / ${cold.nothing.toFixed(0)} ms`;
    return [
      row(`Lambda bundle, import and first answer, against node -e 0 (${figures('lambda')})`, cold.lambda / cold.nothing, 8),
      row(`Workers bundle in Node.js, the same (${figures('worker')})`, cold.worker / cold.nothing, 8),
    ];
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}
