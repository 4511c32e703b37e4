import path from 'node:path';
import { usageError } from '../error.ts';
import { unscoped } from '../answers/name.ts';
import type { Repo } from '../repo/repo.ts';

/** Where a client finds a server: an address, or a command it starts. */
export type Endpoint = { readonly type: 'http'; readonly url: string } | { readonly type: 'stdio'; readonly command: string; readonly args: readonly string[] };

/** A server as clients are told about it: all there is to say to any of them. */
export interface ServerManifest {
  readonly name: string;
  /** The address; absent when the server speaks on stdio only. */
  readonly remote?: Extract<Endpoint, { type: 'http' }>;
  /** The built program; absent when the server can't be started by a client. */
  readonly local?: Extract<Endpoint, { type: 'stdio' }>;
}

/** From the files of a repository. @param url the address of a deployed server, instead of the one in `.mcp.json`. @throws {UserError} */
export function serverManifest(repo: Repo, url: string | undefined): ServerManifest {
  const name = unscoped(repo.manifest.answers.name ?? path.basename(repo.root));
  const address = url === undefined ? addressIn(repo) : deployed(url) && url;
  const startable = repo.read('src/entry/stdio.ts') !== undefined;
  return {
    name,
    ...(address === undefined ? {} : { remote: { type: 'http', url: address } }),
    ...(startable ? { local: { type: 'stdio', command: 'node', args: [path.join(repo.root, 'dist', 'stdio.js')] } } : {}),
  };
}

function addressIn(repo: Repo): string | undefined {
  try {
    const { mcpServers } = JSON.parse(repo.read('.mcp.json') ?? '{}') as { mcpServers?: Readonly<Record<string, { url?: unknown }>> };
    const found = Object.values(mcpServers ?? {}).find((server) => typeof server.url === 'string')?.url;
    return typeof found === 'string' && URL.canParse(found) ? found : undefined;
  } catch {
    throw usageError('invalid_item', `${path.join(repo.root, '.mcp.json')} is not JSON.`, 'Restore it from version control.');
  }
}

/** The endpoint somebody named. @throws {UserError} `usage` (exit 2). */
export function deployed(url: string): URL {
  if (/^https?:\/\/[!-~]+$/.test(url) && URL.canParse(url) && new URL(url).username === '') return new URL(url);
  throw usageError('usage', `--url ${JSON.stringify(url).slice(0, 80)} must be an http or https address.`, 'For example --url https://mcp.example.com/mcp');
}

/** Whether only this machine reaches an address. */
export function isLoopback(url: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}
