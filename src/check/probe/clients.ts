import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

// Bundled for itself: both SDKs together are larger than all the rest, and only `check --url` and `call` need them.

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

/** A server that runs at an address, or is started for this session. */
export type Target =
  | { readonly url: URL; readonly fetch: typeof fetch }
  | { readonly command: string; readonly args: readonly string[]; readonly cwd: string; readonly env: Readonly<Record<string, string>> };

/** A question to the user, as a form of flat fields. */
export interface Form {
  readonly message: string;
  readonly fields: Readonly<Record<string, { readonly type: string; readonly description: string }>>;
}

export interface SessionOptions {
  readonly era: 'modern' | 'legacy' | 'auto';
  /** Answers questions; undefined when nobody is there to be asked. Resolves to undefined to decline. */
  readonly answer: ((form: Form) => Promise<Record<string, string | number | boolean> | undefined>) | undefined;
  readonly timeoutMs: number;
  readonly onprogress: (done: number, total: number | undefined, message: string | undefined) => void;
}

/** One connection of a real client. */
export interface Session {
  /** The revision that was negotiated. */
  readonly version: string;
  readonly tools: readonly { readonly name: string; readonly inputSchema: { readonly properties?: Readonly<Record<string, unknown>>; readonly required?: readonly string[] } }[];
  call(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** Connects and lists the tools. @throws what the client throws. */
export async function openSession(target: Target, { era, answer, timeoutMs, onprogress }: SessionOptions): Promise<Session> {
  const mode = era === 'modern' ? { pin: '2026-07-28' as const } : era;
  const client = new ModernClient({ name: 'mcp-gen call', version: '1.0.0' }, { capabilities: answer ? { elicitation: { form: {} } } : {}, versionNegotiation: { mode } });
  if (answer) {
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      const { message, requestedSchema } = params as { message: string; requestedSchema?: { properties?: Record<string, { type?: string; description?: string }> } };
      const fields = Object.fromEntries(Object.entries(requestedSchema?.properties ?? {}).map(([name, { type = 'string', description = name }]) => [name, { type, description }]));
      const content = await answer({ message, fields });
      return content ? { action: 'accept', content } : { action: 'decline' };
    });
  }
  const transport = 'url' in target ? new ModernTransport(target.url, { fetch: target.fetch }) : new StdioClientTransport({ ...target, args: [...target.args], stderr: 'ignore' });
  try {
    await client.connect(transport, { timeout: timeoutMs });
    const { tools } = await client.listTools(undefined, { timeout: timeoutMs });
    return {
      version: client.getNegotiatedProtocolVersion() ?? '',
      tools: tools as unknown as Session['tools'],
      call: async (name, args) => {
        return { ...(await client.callTool({ name, arguments: args }, { timeout: timeoutMs, onprogress: ({ progress, total, message }) => onprogress(progress, total, message) })) };
      },
      close: () => client.close(),
    };
  } catch (error) {
    await client.close().catch(() => undefined);
    throw error;
  }
}
