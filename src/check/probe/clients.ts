import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

// Bundled for itself: both SDKs together are larger than all the rest, and only `check --url` needs them.

/** What a real client saw. */
export interface Sight {
  /** The revision that was negotiated. */
  readonly version: string;
  readonly server: string;
  readonly tools: readonly { readonly name: string; readonly readOnly: boolean; readonly required: readonly string[] }[];
}

export interface ClientOptions {
  readonly url: URL;
  readonly token: string | undefined;
  /** Called before every request. */
  readonly count: () => void;
  readonly timeoutMs: number;
}

const identity = { name: 'mcp-gen check', version: '1.0.0' };

/** Connects with the v2 client, which must end up at 2026-07-28, and lists the tools. @throws what the client throws. */
export async function lookModern(options: ClientOptions): Promise<Sight> {
  const client = new ModernClient(identity, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  try {
    await client.connect(new ModernTransport(options.url, transportOptions(options)), { timeout: options.timeoutMs });
    const { tools } = await client.listTools(undefined, { timeout: options.timeoutMs });
    return { version: client.getNegotiatedProtocolVersion() ?? '', server: client.getServerVersion()?.name ?? '', tools: tools.map(seen) };
  } finally {
    await client.close().catch(() => undefined);
  }
}

/** Connects with the v1 client, which knows nothing newer than 2025-11-25. @throws what the client throws. */
export async function lookLegacy(options: ClientOptions): Promise<Sight> {
  const client = new LegacyClient(identity);
  const transport = new LegacyTransport(options.url, transportOptions(options));
  try {
    await client.connect(transport as unknown as Parameters<LegacyClient['connect']>[0], { timeout: options.timeoutMs });
    const { tools } = await client.listTools(undefined, { timeout: options.timeoutMs });
    const version = transport.protocolVersion ?? '';
    await transport.terminateSession().catch(() => undefined);
    return { version, server: client.getServerVersion()?.name ?? '', tools: tools.map(seen) };
  } finally {
    await client.close().catch(() => undefined);
  }
}

function transportOptions({ token, count }: ClientOptions) {
  return {
    ...(token === undefined ? {} : { requestInit: { headers: { authorization: `Bearer ${token}` } } }),
    fetch: (url: string | URL, init?: RequestInit) => {
      count();
      return fetch(url, init);
    },
  };
}

function seen({ name, annotations, inputSchema }: { name: string; annotations?: { readOnlyHint?: boolean | undefined } | undefined; inputSchema: { required?: unknown } }): Sight['tools'][number] {
  const { required } = inputSchema;
  return { name, readOnly: annotations?.readOnlyHint === true, required: Array.isArray(required) ? required.map(String) : [] };
}
