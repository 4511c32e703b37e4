import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { App } from '../http/app.js';
import { refuse } from '../http/answer.js';
import { type HttpEvent, peerOf, toRequest } from './event.js';
import type { WaitingList } from './waiting.js';

/** What Lambda tells of an invocation. */
interface Invocation {
  getRemainingTimeInMillis(): number;
}

type StreamHandler = (event: HttpEvent, stream: Writable, invocation: Invocation) => Promise<void>;

/** What Lambda's runtime for Node.js puts into the global scope. */
declare const awslambda: {
  streamifyResponse(handler: StreamHandler): unknown;
  readonly HttpResponseStream: { from(stream: Writable, head: { statusCode: number; headers: Record<string, string> }): Writable };
};

/** Answers as it comes: SSE reaches the client event by event. */
export function answerAsStream(app: App, waiting: WaitingList): unknown {
  // Elsewhere, as under a buffering integration in a test, there is no such global.
  if (typeof awslambda === 'undefined') return undefined;
  return awslambda.streamifyResponse(async (event, stream, invocation) => {
    const { status, headers, body } = await answer(app, event);
    const out = awslambda.HttpResponseStream.from(stream, { statusCode: status, headers: Object.fromEntries(headers) });
    if (body) await pipeline(Readable.from(body), out);
    else {
      // The head is sent with the first bytes, even when there are none.
      out.write('');
      out.end();
    }
    await waiting.done(invocation.getRemainingTimeInMillis());
  });
}

/** The answer in one piece. */
export function answerAtOnce(app: App, waiting: WaitingList) {
  return async (event: HttpEvent, invocation: Invocation) => {
    const response = await answer(app, event);
    const body = await response.text();
    await waiting.done(invocation.getRemainingTimeInMillis());
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body, isBase64Encoded: false };
  };
}

async function answer(app: App, event: HttpEvent): Promise<Response> {
  let request: Request;
  try {
    request = toRequest(event);
  } catch {
    return refuse(400, 'Host and path make no URL.', 'Send an HTTP/1.1 request with one valid Host and a plain path.');
  }
  return app.fetch(request, undefined, peerOf(event));
}
