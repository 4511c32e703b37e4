import { spawn } from 'node:child_process';

// Opens the MCP Inspector on the server of .mcp.json. Its version is pinned; it needs a newer Node.js than this repo does.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > 22 || (major === 22 && minor >= 19)) {
  const inspector = ['--yes', '@modelcontextprotocol/inspector@2.12.0', '--config', '.mcp.json', '--server', 'team-notes'];
  const child = spawn(process.platform === 'win32' ? 'npx.cmd' : 'npx', inspector, { stdio: 'inherit', shell: process.platform === 'win32' });
  child.on('exit', (code) => (process.exitCode = code ?? 1));
} else {
  console.error(`The MCP Inspector needs Node.js 22.19 or newer; this is ${process.versions.node}.`);
  console.error('Run this one command on another: npx --yes --package node@24 --ignore-scripts=false -- node dev/inspect.mjs');
  process.exitCode = 1;
}
