import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = (name) => path.join(root, 'dist', `${name}.js`);

/** A tool with one string argument that gives it back. */
function echoTool(name, effect) {
  const write = effect === 'write' ? "blastRadius: 'nothing',\n  " : '';
  return `import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: '${name}',
  title: 'Echo',
  when: 'Call this to hear an echo.',
  returns: 'The text.',
  effect: '${effect}',
  scopes: [],
  ${write}input: z.strictObject({ text: z.string().max(1000).describe('what to say') }),
  output: z.object({ text: z.string().describe('what was said') }),
  async run({ text }) {
    return { text };
  },
});
`;
}

/** The SDK wired as its own Hono guide shows: schemas in the factory, \`createMcpHonoApp\`, parsed body handed over. */
function documentedServer(tools) {
  return `import { serve } from '@hono/node-server';
import { createMcpHonoApp } from '@modelcontextprotocol/hono';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'echo', version: '1.0.0' });
  for (let n = 0; n < ${tools}; n++) {
    server.registerTool(
      n === 0 ? 'echo' : \`echo_\${n}\`,
      { title: 'Echo', description: 'Call this to hear an echo.', inputSchema: z.object({ text: z.string().max(1000).describe('what to say') }), outputSchema: z.object({ text: z.string().describe('what was said') }) },
      async ({ text }) => ({ content: [{ type: 'text', text: JSON.stringify({ text }) }], structuredContent: { text } }),
    );
  }
  return server;
});
const app = createMcpHonoApp();
app.all('/mcp', (c) => handler.fetch(c.req.raw, { parsedBody: c.get('parsedBody') }));
serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: 'localhost' });
`;
}

/** The SDK with everything done for speed and nothing else: schemas made once and compiled, the body read as text and handed over, in one file. */
const fastestServer = `import 'zod/compile';
import { serve } from '@hono/node-server';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';

const inputSchema = z.object({ text: z.string().max(1000).describe('what to say') });
const outputSchema = z.object({ text: z.string().describe('what was said') });
const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'echo', version: '1.0.0' });
  server.registerTool('echo', { title: 'Echo', description: 'Call this to hear an echo.', inputSchema, outputSchema }, async ({ text }) => ({ content: [{ type: 'text', text: JSON.stringify({ text }) }], structuredContent: { text } }));
  return server;
});
const read = (incoming) =>
  new Promise((resolve, reject) => {
    let text = '';
    incoming.setEncoding('utf8').on('data', (chunk) => (text += chunk)).on('end', () => resolve(text)).on('error', reject);
  });
const fetch = async (request, { incoming }) => (request.method === 'POST' ? handler.fetch(request, { parsedBody: JSON.parse(await read(incoming)) }) : new Response(null, { status: 405 }));
serve({ fetch, port: Number(process.env.PORT), hostname: 'localhost' });
`;

/** What the generated server does beyond the SDK, taken out again: file, from, to. A test sees that each is still there. */
const without = JSON.parse(readFileSync(new URL('without.json', import.meta.url), 'utf8'));

/** Generates a repo without authentication, with echoing tools. */
export function generate(workspace, name, tools, changes = [], flags = []) {
  execFileSync(process.execPath, [cli('create-mcp-server'), name, '--yes', '--auth', 'none', '--no-example', '--no-install', '--no-git', ...flags], { cwd: workspace, stdio: 'pipe' });
  const repo = path.join(workspace, name);
  for (const [tool, effect] of tools) writeFileSync(path.join(repo, `src/tools/${tool}.ts`), echoTool(tool, effect));
  for (const [file, from, to] of changes) {
    const source = readFileSync(path.join(repo, file), 'utf8');
    if (!source.includes(from)) throw new Error(`${file} has no ${from}`);
    writeFileSync(path.join(repo, file), source.replace(from, to));
  }
  execFileSync(process.execPath, [cli('mcp-gen'), 'sync'], { cwd: repo, stdio: 'pipe' });
  return repo;
}

export const echoes = (count) => Array.from({ length: count }, (_, n) => [n === 0 ? 'echo' : `echo_${n}`, 'read']);

/** Generates and builds every server of the comparison. @returns name to the file that starts it. */
export function buildServers() {
  const workspace = realpathSync(mkdtempSync(path.join(tmpdir(), 'bench-servers-')));
  const repos = {
    one: generate(workspace, 'one-tool', echoes(1)),
    fifty: generate(workspace, 'fifty-tools', echoes(50)),
    many: generate(workspace, 'many-tools', echoes(200)),
    full: generate(workspace, 'full-write', [['echo', 'write']]),
    bare: generate(workspace, 'bare-write', [['echo', 'write']], without),
    memory: generate(workspace, 'memory-sessions', [...echoes(10)], [], ['--session', 'memory']),
    signedIn: generate(workspace, 'signed-in', echoes(1), [], ['--auth', 'oidc']),
    redis: generate(workspace, 'redis-sessions', [...echoes(10)], [], ['--session', 'redis']),
    everything: generate(workspace, 'everything', [['echo', 'write']], [], ['--auth', 'oidc', '--session', 'memory']),
    redisWrite: generate(workspace, 'redis-write', [['echo', 'write']], [], ['--session', 'redis']),
  };
  const documented = path.join(workspace, 'documented');
  mkdirSync(documented);
  writeFileSync(path.join(documented, 'package.json'), JSON.stringify({ name: 'documented', type: 'module', dependencies: { '@modelcontextprotocol/hono': '2.0.2' } }));
  writeFileSync(path.join(documented, 'one.mjs'), documentedServer(1));
  writeFileSync(path.join(documented, 'fifty.mjs'), documentedServer(50));
  writeFileSync(path.join(documented, 'fastest.mjs'), fastestServer);
  writeFileSync(path.join(workspace, 'package.json'), JSON.stringify({ private: true, workspaces: ['*'] }));
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: workspace, stdio: 'pipe' });
  for (const repo of Object.values(repos)) execFileSync('npm', ['run', '--silent', 'build'], { cwd: repo, stdio: 'pipe' });
  execFileSync(path.join(workspace, 'node_modules/.bin/esbuild'), ['fastest.mjs', '--bundle', '--platform=node', '--format=esm', '--log-level=warning', '--outfile=dist/fastest.mjs', "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"], { cwd: documented, stdio: 'pipe' });
  return {
    workspace,
    files: {
      ...Object.fromEntries(Object.entries(repos).map(([name, repo]) => [name, path.join(repo, 'dist/node.js')])),
      documentedOne: path.join(documented, 'one.mjs'),
      documentedFifty: path.join(documented, 'fifty.mjs'),
      fastest: path.join(documented, 'dist/fastest.mjs'),
    },
  };
}
