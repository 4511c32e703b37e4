import { isUtf8 } from 'node:buffer';
import { createServer, type Server, type ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import { getRequestListener, type Http2Bindings, type HttpBindings, RequestError } from '@hono/node-server';
import type { App } from '../http/app.js';
import { refuse } from '../http/answer.js';
import type { ReadBody } from '../http/body.js';
import { watchUnread } from './unread.js';

/** Node leaves some of these generous or off. Milliseconds; keep-alive outlasts the idle timeout of common load balancers. */
const LIMITS: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
};

/** Milliseconds in which a client has to take something of an answer that waits for it; Node looks twice before it says so. */
const STALLED_MS = 20_000;

/** Connections of one listener: each costs memory. More are closed as they come. */
const MAX_CONNECTIONS = 4_000;

/**
 * Starts to listen; `localhost` means both loopback stacks, where there are two.
 *
 * @throws the error of `listen`, such as EADDRINUSE.
 */
export async function listen(app: App, { host, port }: { host: string; port: number }): Promise<readonly Server[]> {
  const watch = watchUnread();
  if (host !== 'localhost') return [await listenOn(app, host, port, watch)];
  const servers = [await listenOn(app, '127.0.0.1', port, watch)];
  try {
    servers.push(await listenOn(app, '::1', port, watch));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error;
  }
  return servers;
}

async function listenOn(app: App, host: string, port: number, watch: ReturnType<typeof watchUnread>): Promise<Server> {
  // The raw stream is read directly: touching the Request's body would cost more than the call.
  const fetch = (request: Request, { incoming, outgoing }: HttpBindings | Http2Bindings) => {
    outgoing.on('timeout', endIfStalled);
    return app.fetch(request, readIncoming(incoming), incoming.socket.remoteAddress);
  };
  const answer = getRequestListener(fetch, { errorHandler: notHttp });
  const server = createServer(LIMITS, (incoming, outgoing) => {
    if (watch(outgoing)) void answer(incoming, outgoing);
  });
  server.on('clientError', answerClientError);
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = STALLED_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

/** Nothing has gone over the connection for a while: a call takes its time, or the client does not read and its answer fills the memory. */
function endIfStalled(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}

/** Events instead of an async iterator: it costs a third. */
function readIncoming(incoming: Readable): ReadBody {
  return (take) =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => {
        if (take(chunk.byteLength)) chunks.push(chunk);
        else resolve(undefined);
      });
      incoming.on('end', () => {
        const [first = Buffer.alloc(0)] = chunks;
        const body = chunks.length > 1 ? Buffer.concat(chunks) : first;
        if (isUtf8(body)) resolve(body.toString('utf8'));
        else reject(new Error('The body is not UTF-8.'));
      });
      // Every request closes; only one that has not ended makes an error.
      incoming.on('close', () => incoming.readableEnded || reject(new Error('The client went away.')));
      incoming.on('error', reject);
    });
}

const STATUS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

const NOT_HTTP = 'Send an HTTP/1.1 request with one valid Host and a plain path.';

/** A Host or path that makes no URL never reaches the app either. */
const notHttp = (error: unknown): Response =>
  error instanceof RequestError ? refuse(400, 'Host and path make no URL.', NOT_HTTP) : refuse(500, 'The request failed.', 'Send it again.');

/** Milliseconds in which a client may read such an answer. One that does not hang up then would keep its connection for ever. */
const LINGER_MS = 1_000;

/** Requests that Node cannot parse never reach the app; they get the same kind of answer. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = STATUS[error.code ?? ''] ?? '400 Bad Request';
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: null,
    error: { code: -32_600, message: `HTTP: ${status.slice(4)}.`, data: { error_class: 'validation', hint: NOT_HTTP } },
  });
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
