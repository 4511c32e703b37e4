import { Client as V2Client, StreamableHTTPClientTransport as V2Http } from '@modelcontextprotocol/client';
import type { VersionNegotiationOptions } from '@modelcontextprotocol/client';
import { StdioClientTransport as V2Stdio } from '@modelcontextprotocol/client/stdio';
import { Client as V1Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as V1Stdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as V1Http } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport as V1Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

/** What both generations of the SDK's client can do alike. */
export type AnyClient = Pick<V2Client, 'listTools' | 'callTool' | 'listResourceTemplates' | 'readResource' | 'listPrompts' | 'getPrompt' | 'close'>;

const info = { name: 'proof', version: '1.0.0' };

/** Real clients by name: the current SDK in each era, and the one of the 2025 era. */
export const clientKinds = {
  'v2 client, negotiating': (target: Target) => connectV2({ mode: 'auto' }, target),
  'v2 client, 2026-07-28': (target: Target) => connectV2({ mode: { pin: '2026-07-28' } }, target),
  'v2 client, 2025 era': (target: Target) => connectV2({ mode: 'legacy' }, target),
  'v1 client': connectV1,
} as const satisfies Record<string, (target: Target) => Promise<AnyClient>>;

/** Where the server is: an endpoint, or a command to start in a folder. */
export type Target = URL | { readonly command: string; readonly args: string[]; readonly cwd: string; readonly env?: Record<string, string> };

async function connectV2(versionNegotiation: VersionNegotiationOptions, target: Target): Promise<AnyClient> {
  const client = new V2Client(info, { versionNegotiation });
  await client.connect(target instanceof URL ? new V2Http(target) : new V2Stdio({ ...target, stderr: 'ignore' }));
  return client;
}

async function connectV1(target: Target): Promise<AnyClient> {
  const client = new V1Client(info);
  await client.connect((target instanceof URL ? new V1Http(target) : new V1Stdio({ ...target, stderr: 'ignore' })) as V1Transport);
  return client as unknown as AnyClient;
}
