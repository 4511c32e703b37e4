import { mcpClients } from '../connect/clients.ts';
import type { Setup } from '../connect/clients.ts';
import { serverManifest } from '../connect/endpoint.ts';
import { ExitCode, usageError } from '../error.ts';
import { openRepo } from '../repo/repo.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';

export interface ConnectFlags {
  readonly url?: string;
  readonly json?: true;
}

/** `mcp-gen connect [client]`: how to tell clients about this server. Writes nothing: these files are the client's. */
export async function connect(client: string | undefined, { url }: ConnectFlags, io: Io, report: Reporter): Promise<ExitCode> {
  const ids = mcpClients.map(({ id }) => id);
  if (client !== undefined && !ids.includes(client)) throw usageError('usage', `There is nothing on the client ${JSON.stringify(client).slice(0, 40)}.`, `Known clients: ${ids.join(', ')}`);
  const server = serverManifest(openRepo(io.cwd), url);
  if (server.remote === undefined && server.local === undefined) throw usageError('not_a_generated_repo', 'Neither .mcp.json nor src/entry says how this server is reached.', 'Add --url https://...');
  const chosen = mcpClients.filter(({ id }) => client === undefined || id === client).map(({ id, title, setup }) => ({ id, title, ...setup(server) }));
  for (const { title, ...setup } of chosen) show(title, setup, report);
  report.document({ ok: true, server, clients: chosen });
  return ExitCode.done;
}

function show(title: string, { command, file, link, steps = [] }: Setup, report: Reporter): void {
  report.line(report.style('bold', title));
  if (command !== undefined) report.line(`  ${command}`);
  if (file !== undefined) report.line(`  ${report.style('dim', `${file.path}:`)} ${JSON.stringify(file.contents)}`);
  if (link !== undefined) report.line(`  ${report.style('cyan', link)}`);
  for (const step of steps) report.line(`  ${step}`);
  report.line();
}
