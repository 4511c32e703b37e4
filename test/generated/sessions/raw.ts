import type { Rpc } from '../wire/http.ts';
import { until } from '../wire/server.ts';

/** One server-sent event. */
export interface Event {
  readonly id: string | undefined;
  readonly retry: string | undefined;
  /** Undefined for an event without data. */
  readonly message: Rpc | undefined;
}

/** An answer that is read while it arrives. */
export interface Stream {
  readonly status: number;
  readonly headers: Headers;
  readonly events: Event[];
  readonly messages: () => Rpc[];
  /** Whether the server has ended it. */
  readonly ended: () => boolean;
  /** Resolves to the first message that is wanted. */
  readonly next: (wanted: (message: Rpc) => boolean) => Promise<Rpc>;
  /** Hangs up. */
  close(): void;
}

const accept = 'application/json, text/event-stream';

/** A session of the 2025 era, spoken by hand. */
export class RawSession {
  #count = 0;

  private constructor(
    readonly id: string,
    readonly initialized: Rpc,
    readonly version: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {}

  static async open(port: number, options: { version?: string; capabilities?: object; headers?: Readonly<Record<string, string>> } = {}): Promise<RawSession> {
    const { version = '2025-11-25', capabilities = { elicitation: { form: {} } }, headers = {} } = options;
    const body = { jsonrpc: '2.0', id: 'init', method: 'initialize', params: { protocolVersion: version, capabilities, clientInfo: { name: 'raw', version: '1.0.0' } } };
    const response = await fetch(urlOf(port), { method: 'POST', headers: { 'content-type': 'application/json', accept, ...headers }, body: JSON.stringify(body) });
    const answer = (await response.json()) as Rpc;
    const id = response.headers.get('mcp-session-id');
    if (id === null) throw new Error(`no session: ${response.status} ${JSON.stringify(answer)}`);
    const session = new RawSession(id, answer, String(answer.result?.['protocolVersion']), headers);
    await session.notify(port, 'notifications/initialized');
    return session;
  }

  /** Any request of this session; what is undefined is left out. */
  async fetch(port: number, init: { method?: string; headers?: Readonly<Record<string, string | undefined>>; body?: unknown; signal?: AbortSignal } = {}): Promise<Response> {
    const { method = 'POST', headers = {}, body, signal } = init;
    const all: Record<string, string | undefined> = { accept, 'mcp-session-id': this.id, 'mcp-protocol-version': this.version, ...(body !== undefined && { 'content-type': 'application/json' }), ...this.headers, ...headers };
    const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return fetch(urlOf(port), { method, headers: given, ...(signal && { signal }), ...(body !== undefined && { body: JSON.stringify(body) }) });
  }

  request(method: string, params: Record<string, unknown> = {}, id: unknown = ++this.#count): { jsonrpc: '2.0'; id: unknown; method: string; params: Record<string, unknown> } {
    return { jsonrpc: '2.0', id, method, params };
  }

  call(name: string, args: Record<string, unknown> = {}, meta?: Record<string, unknown>) {
    return this.request('tools/call', { name, arguments: args, ...(meta && { _meta: meta }) });
  }

  /** Sends a message and reads the answer while it arrives. */
  async send(port: number, body: unknown, headers: Readonly<Record<string, string | undefined>> = {}): Promise<Stream> {
    const stop = new AbortController();
    return read(await this.fetch(port, { body, headers, signal: stop.signal }), stop);
  }

  /** The answer to one request, whatever form it comes in. */
  async ask(port: number, method: string, params: Record<string, unknown> = {}): Promise<Rpc> {
    const request = this.request(method, params);
    return (await this.send(port, request)).next((message) => message.id === request.id);
  }

  async notify(port: number, method: string, params: Record<string, unknown> = {}): Promise<Response> {
    return this.fetch(port, { body: { jsonrpc: '2.0', method, params } });
  }

  /** Opens the session's own stream, or goes on with another. */
  async listen(port: number, lastEventId?: string): Promise<Stream> {
    const stop = new AbortController();
    const response = await this.fetch(port, { method: 'GET', headers: { accept: 'text/event-stream', 'last-event-id': lastEventId }, signal: stop.signal });
    return read(response, stop);
  }

  async delete(port: number): Promise<number> {
    return (await this.fetch(port, { method: 'DELETE' })).status;
  }
}

const urlOf = (port: number): string => `http://localhost:${port}/mcp`;

function read(response: Response, stop: AbortController): Stream {
  const events: Event[] = [];
  let isEnded = false;
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
  void (async () => {
    let text = '';
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk;
        if (!isStream) continue;
        const frames = text.split('\n\n');
        text = frames.pop() ?? '';
        events.push(...frames.flatMap((frame) => parse(frame) ?? []));
      }
      if (!isStream && text !== '') for (const message of [JSON.parse(text) as Rpc].flat()) events.push({ id: undefined, retry: undefined, message });
    } catch {
      // Hung up, by whichever side.
    }
    isEnded = true;
  })();
  const messages = () => events.flatMap(({ message }) => (message ? [message] : []));
  return {
    status: response.status,
    headers: response.headers,
    events,
    messages,
    ended: () => isEnded,
    async next(wanted) {
      await until(() => messages().some(wanted) || isEnded);
      const found = messages().find(wanted);
      if (!found) throw new Error(`the answer ended without it: ${response.status} ${JSON.stringify(messages())}`);
      return found;
    },
    close: () => stop.abort(),
  };
}

/** Undefined for a comment. */
function parse(frame: string): Event | undefined {
  const field = (name: string) => frame.split('\n').find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1).trim();
  const data = field('data');
  if (data === undefined) return undefined;
  return { id: field('id'), retry: field('retry'), message: data === '' ? undefined : (JSON.parse(data) as Rpc) };
}
