import { isJSONRPCResponse, type JSONRPCMessage, type JSONRPCRequest, type MessageExtraInfo, type Transport } from '@modelcontextprotocol/server';
import type { ServerFactory } from '../server/factory.js';
import type { Session } from './sessions.js';

/** Takes what a server says. */
export type Deliver = (message: JSONRPCMessage) => Promise<void>;

/** Connects a server that lives for one exchange to a session that lives elsewhere. */
export class SessionTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: <T extends JSONRPCMessage>(message: T, extra?: MessageExtraInfo) => void;
  #answered: ((response: JSONRPCMessage) => void) | undefined;

  constructor(private readonly deliver: Deliver) {}

  async start(): Promise<void> {}

  async send(message: JSONRPCMessage): Promise<void> {
    if (!this.#answered) return this.deliver(message);
    if (isJSONRPCResponse(message)) this.#answered(message);
  }

  async close(): Promise<void> {
    this.onclose?.();
  }

  /** Lets the server hear a request whose answer is not sent by it. @param extra - Given where the client has just sent it. */
  async privately(request: JSONRPCRequest, extra?: MessageExtraInfo): Promise<JSONRPCMessage> {
    const answer = new Promise<JSONRPCMessage>((resolve) => (this.#answered = resolve));
    this.onmessage?.(request, extra);
    try {
      return await answer;
    } finally {
      this.#answered = undefined;
    }
  }
}

/** A session was opened by another version of this server, which had agreed to something else. */
export class SessionOutdated extends Error {
  override readonly name = 'SessionOutdated';
}

/**
 * Brings a fresh server to where its session is: it hears again what the client has said first.
 *
 * @throws {SessionOutdated}
 */
export async function hydrate(
  server: ReturnType<ServerFactory>,
  transport: SessionTransport,
  { initialize, version, logLevel }: Session,
): Promise<void> {
  await server.connect(transport);
  if (versionIn(await transport.privately({ ...initialize })) !== version) throw new SessionOutdated();
  transport.onmessage?.({ jsonrpc: '2.0', method: 'notifications/initialized' });
  if (logLevel !== undefined) {
    await transport.privately({ jsonrpc: '2.0', id: 'level', method: 'logging/setLevel', params: { level: logLevel } });
  }
}

/** The revision that an answer to `initialize` settles on; undefined when it is an error. */
export function versionIn(answer: JSONRPCMessage): string | undefined {
  const version = 'result' in answer ? answer.result['protocolVersion'] : undefined;
  return typeof version === 'string' ? version : undefined;
}
