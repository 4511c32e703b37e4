import type { Server, ServerOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { createAdaptorServer, type Http2Bindings, type HttpBindings } from '@hono/node-server';
import type { App } from '../http/app.js';
import type { ReadBody } from '../http/body.js';

/** Node leaves some of these generous or off. Milliseconds; keep-alive outlasts the idle timeout of common load balancers. */
const LIMITS: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
};

/**
 * Starts to listen; `localhost` means both loopback stacks, where there are two.
 *
 * @throws the error of `listen`, such as EADDRINUSE.
 */
export async function listen(app: App, { host, port }: { host: string; port: number }): Promise<readonly Server[]> {
  if (host !== 'localhost') return [await listenOn(app, host, port)];
  const servers = [await listenOn(app, '127.0.0.1', port)];
  try {
    servers.push(await listenOn(app, '::1', port));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRNOTAVAIL' && code !== 'EAFNOSUPPORT') throw error;
  }
  return servers;
}

async function listenOn(app: App, host: string, port: number): Promise<Server> {
  const server = createAdaptorServer({
    // The raw stream is read directly: touching the Request's body would cost more than the call.
    fetch: (request, { incoming }: HttpBindings | Http2Bindings) => app.fetch(request, readIncoming(incoming)),
    serverOptions: LIMITS,
  }) as Server;
  server.on('clientError', answerClientError);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

function readIncoming(incoming: AsyncIterable<Uint8Array>): ReadBody {
  return async (maxBytes) => {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of incoming) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) return undefined;
      chunks.push(chunk);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  };
}

const STATUS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

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
    error: { code: -32_600, message: `HTTP: ${status.slice(4)}.`, data: { error_class: 'validation' } },
  });
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}
