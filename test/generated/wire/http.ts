import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** An HTTP answer as it came over the socket. */
export interface Answer {
  readonly status: number;
  /** Lower-case names; repeated ones joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Status line, headers and body, for searches. */
  readonly raw: string;
  /** The body as JSON, or the last message of an event stream. */
  readonly json: () => Rpc;
  /** Every message of an event stream. */
  readonly events: () => Rpc[];
}

/** Any JSON-RPC message, or another JSON document. */
export interface Rpc {
  readonly jsonrpc?: string;
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown> & { readonly _meta?: Record<string, unknown>; readonly isError?: boolean; readonly content?: { type: string; text: string }[]; readonly structuredContent?: Record<string, unknown> };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Record<string, unknown> };
}

export type HeaderList = readonly (readonly [name: string, value: string])[];

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  /** Undefined leaves a default header out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Further header lines, repeated ones too. */
  readonly more?: HeaderList;
  readonly body?: string | undefined;
}

/** A connection that sends exactly the bytes it is told to. */
export interface Wire {
  readonly socket: Socket;
  write(bytes: string | Uint8Array): void;
  /** The next answer on this connection. */
  answer(): Promise<Answer>;
  /** Everything received so far that is not an answer yet. */
  received(): string;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Opens a connection to a server on loopback. */
export async function openWire(port: number, host = '127.0.0.1'): Promise<Wire> {
  const socket = connect({ port, host });
  let buffer = Buffer.alloc(0);
  let over = false;
  let wake: () => void = nothing;
  socket.on('data', (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    wake();
  });
  const closed = new Promise<void>((resolve) =>
    socket.on('error', () => undefined).once('close', () => {
      over = true;
      wake();
      resolve();
    }),
  );
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  return {
    socket,
    write: (bytes) => void (socket.writable && socket.write(bytes)),
    async answer() {
      for (;;) {
        const parsed = parseAnswer(buffer, over);
        if (parsed) {
          buffer = buffer.subarray(parsed.length);
          return parsed.answer;
        }
        if (over) throw new Error(`the connection closed without an answer; received: ${JSON.stringify(buffer.toString())}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    received: () => buffer.toString(),
    closed,
    close: () => socket.destroy(),
  };
}

/** Sends one request on a connection of its own and reads the whole answer. */
export async function send(port: number, sent: Sent): Promise<Answer> {
  const wire = await openWire(port);
  try {
    wire.write(render(port, { ...sent, headers: { connection: 'close', ...sent.headers } }));
    return await wire.answer();
  } finally {
    wire.close();
  }
}

/** The bytes of a request. */
export function render(port: number, { method = 'POST', path = '/mcp', headers = {}, more = [], body }: Sent): string {
  const all = { host: `localhost:${port}`, ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }), ...headers };
  const lines = [...Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`])), ...more.map(([name, value]) => `${name}: ${value}`)];
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body ?? ''}`;
}

function nothing(): void {}

function parseAnswer(buffer: Buffer, over: boolean): { answer: Answer; length: number } | undefined {
  const headEnd = buffer.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [statusLine = '', ...headerLines] = buffer.subarray(0, headEnd).toString('latin1').split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of headerLines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  const status = Number(statusLine.split(' ')[1]);
  const content = readBody(buffer.subarray(headEnd + 4), headers, status, over);
  if (!content) return undefined;
  const length = headEnd + 4 + content.length;
  const { body } = content;
  const events = () => body.split('\n\n').flatMap((frame) => frame.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6)) as Rpc] : [])));
  const json = () => {
    const last = headers['content-type']?.startsWith('text/event-stream') ? events().at(-1) : (JSON.parse(body) as Rpc);
    if (!last) throw new Error(`no message in ${body}`);
    return last;
  };
  return { answer: { status, headers, body, raw: buffer.subarray(0, length).toString(), json, events }, length };
}

function readBody(rest: Buffer, headers: Readonly<Record<string, string>>, status: number, over: boolean): { body: string; length: number } | undefined {
  if (status === 204 || status === 304) return { body: '', length: 0 };
  if (headers['transfer-encoding']?.includes('chunked')) return readChunks(rest);
  const length = headers['content-length'];
  if (length !== undefined) return rest.length < Number(length) ? undefined : { body: rest.subarray(0, Number(length)).toString(), length: Number(length) };
  return over ? { body: rest.toString(), length: rest.length } : undefined;
}

function readChunks(rest: Buffer): { body: string; length: number } | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString(), 16);
    const next = lineEnd + 2 + size + 2;
    if (rest.length < next) return undefined;
    if (size === 0) return { body: Buffer.concat(parts).toString(), length: next };
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
