import { shellWord } from '../answers/command.ts';
import { isLoopback } from './endpoint.ts';
import type { Endpoint, ServerManifest } from './endpoint.ts';

/** How one client is told about a server. */
export interface Setup {
  /** A command line that does it. */
  readonly command?: string;
  /** A file and what belongs into it. */
  readonly file?: { readonly path: string; readonly contents: unknown };
  /** An address that opens the client and asks its user. */
  readonly link?: string;
  /** What a person does, or has to know. */
  readonly steps?: readonly string[];
}

export interface McpClient {
  readonly id: string;
  readonly title: string;
  readonly setup: (server: ServerManifest) => Setup;
}

/** The clients people ask about, in that order. Each is one function of the same manifest. */
export const mcpClients: readonly McpClient[] = [
  { id: 'claude-code', title: 'Claude Code', setup: claudeCode },
  { id: 'claude-desktop', title: 'Claude Desktop', setup: claudeDesktop },
  { id: 'cursor', title: 'Cursor', setup: cursor },
  { id: 'vscode', title: 'VS Code', setup: vscode },
  { id: 'chatgpt', title: 'ChatGPT', setup: chatGpt },
  { id: 'inspector', title: 'MCP Inspector', setup: inspector },
];

const buildFirst = 'Build it first: the client starts dist/stdio.js.';

function endpointOf({ remote, local }: ServerManifest): Endpoint {
  const endpoint = remote ?? local;
  if (endpoint === undefined) throw new TypeError('a server has an address or a program');
  return endpoint;
}

/** What clients that follow `.mcp.json` call a server. */
function entryOf(endpoint: Endpoint): object {
  return endpoint.type === 'http' ? { type: 'http', url: endpoint.url } : { command: endpoint.command, args: endpoint.args };
}

function claudeCode(server: ServerManifest): Setup {
  const endpoint = endpointOf(server);
  const words = endpoint.type === 'http' ? ['--transport', 'http', server.name, endpoint.url] : [server.name, '--', endpoint.command, ...endpoint.args];
  return {
    command: ['claude', 'mcp', 'add', ...words].map(shellWord).join(' '),
    steps: ['In this repository nothing is to be done: it reads .mcp.json.', ...(endpoint.type === 'stdio' ? [buildFirst] : [])],
  };
}

function claudeDesktop({ name, remote, local }: ServerManifest): Setup {
  if (local !== undefined) return { file: { path: 'claude_desktop_config.json', contents: { mcpServers: { [name]: entryOf(local) } } }, steps: ['Settings > Developer > Edit Config opens the file.', buildFirst] };
  return { steps: [`Settings > Connectors > Add custom connector, with ${remote?.url ?? ''}`, ...publicOnly(remote?.url)] };
}

function cursor(server: ServerManifest): Setup {
  const endpoint = endpointOf(server);
  const entry = endpoint.type === 'http' ? { url: endpoint.url } : entryOf(endpoint);
  const config = Buffer.from(JSON.stringify(entry)).toString('base64');
  return {
    file: { path: '.cursor/mcp.json', contents: { mcpServers: { [server.name]: entry } } },
    link: `cursor://anysphere.cursor-deeplink/mcp/install?name=${encodeURIComponent(server.name)}&config=${encodeURIComponent(config)}`,
    ...(endpoint.type === 'stdio' ? { steps: [buildFirst] } : {}),
  };
}

function vscode(server: ServerManifest): Setup {
  const endpoint = endpointOf(server);
  const entry = endpoint.type === 'http' ? entryOf(endpoint) : { type: 'stdio', ...entryOf(endpoint) };
  const named = JSON.stringify({ name: server.name, ...entry });
  return {
    command: `code --add-mcp ${shellWord(named)}`,
    file: { path: '.vscode/mcp.json', contents: { servers: { [server.name]: entry } } },
    link: `vscode:mcp/install?${encodeURIComponent(named)}`,
    ...(endpoint.type === 'stdio' ? { steps: [buildFirst] } : {}),
  };
}

function chatGpt({ remote }: ServerManifest): Setup {
  if (remote === undefined) return { steps: ['ChatGPT in the browser reaches servers by their address only; this one speaks on stdio.'] };
  return { steps: ['Settings > Apps > Advanced settings: turn Developer mode on.', `Settings > Apps > Create app, with ${remote.url} as the MCP server URL`, ...publicOnly(remote.url)] };
}

function inspector({ name }: ServerManifest): Setup {
  return { command: `npx --yes @modelcontextprotocol/inspector@2.12.0 --config .mcp.json --server ${shellWord(name)}`, steps: ['The inspect script of package.json is the same. It needs Node.js 22.19 or newer.'] };
}

function publicOnly(url: string | undefined): string[] {
  return url !== undefined && isLoopback(url) ? ['It connects from the internet: this needs the https address of a deployed server. Add --url https://...'] : [];
}
