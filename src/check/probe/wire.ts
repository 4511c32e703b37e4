import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { UserError } from '../../error.ts';
import { version } from '../../version.ts';

/** The most requests one run may send, milliseconds one may take (with and without its body), and bytes of an answer that are read. */
export const politeness = { requests: 90, timeoutMs: 10_000, headersOnlyMs: 2_000, answerBytes: 512 * 1024 } as const;

/** One request, as little or as wrong as a row needs it. */
export interface Ask {
  readonly method?: string;
  /** Absolute, or relative to the endpoint; the endpoint itself unless given. */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Says that this many bytes follow, and sends none: whoever reads headers first refuses it. */
  readonly declaredBytes?: number;
  /** For a table: what is asked, in a few words. */
  readonly about?: string;
}

/** What came back. */
export interface Answer {
  readonly ask: Ask;
  /** 0 when nothing came back: then `text` says why. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body, or the first message of an event stream, as JSON; undefined when it is none. */
  readonly json: unknown;
}

/** Sends requests one after the other, counts them, and stops at a bound. */
export class Wire {
  readonly endpoint: URL;
  /** Everything that came back, for what is asked of all answers. */
  readonly answers: Answer[] = [];
  #sent = 0;
  readonly #token: string | undefined;
  readonly #signal: AbortSignal;

  constructor(endpoint: URL, token: string | undefined, signal: AbortSignal) {
    this.endpoint = endpoint;
    this.#token = token;
    this.#signal = signal;
  }

  get sent(): number {
    return this.#sent;
  }

  /** For clients that send by themselves: their requests count too. @throws {UserError} when there were too many. */
  count(): void {
    if (this.#signal.aborted) throw new UserError('cancelled', 'The check was cancelled.', { exitCode: 130 });
    if (++this.#sent > politeness.requests) throw new UserError('internal', `The check wanted to send more than ${politeness.requests} requests.`);
  }

  get token(): string | undefined {
    return this.#token;
  }

  /** With the caller's token, where there is one. */
  send(ask: Ask): Promise<Answer> {
    const authorization: Readonly<Record<string, string>> = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    return this.sendBare({ ...ask, headers: { ...authorization, ...ask.headers } });
  }

  /** Exactly these headers. Never rejects: what went wrong is an answer too. */
  async sendBare(ask: Ask): Promise<Answer> {
    this.count();
    const answer = await exchange(new URL(ask.url ?? '', this.endpoint), ask, this.#signal).catch((error: unknown): Answer => ({ ask, status: 0, headers: {}, text: error instanceof Error ? error.message : String(error), json: undefined }));
    this.answers.push(answer);
    return answer;
  }
}

function exchange(url: URL, ask: Ask, signal: AbortSignal): Promise<Answer> {
  const { method = 'POST', body, declaredBytes } = ask;
  const timeout = declaredBytes === undefined ? politeness.timeoutMs : politeness.headersOnlyMs;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method,
      signal,
      timeout,
      headers: { 'user-agent': `mcp-gen-check/${version}`, ...(declaredBytes === undefined ? (body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }) : { 'content-length': declaredBytes }), ...ask.headers },
    });
    request.on('timeout', () => request.destroy(new Error(`nothing came back within ${timeout / 1000} s`)));
    request.on('error', reject);
    request.on('response', (response) => {
      read(response).then((text) => {
        const headers = Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]));
        resolve({ ask, status: response.statusCode ?? 0, headers, text, json: messageIn(text, headers['content-type'] ?? '') });
        if (declaredBytes !== undefined) request.destroy();
      }, reject);
    });
    if (declaredBytes === undefined) request.end(body);
    else request.flushHeaders();
  });
}

/** Up to the first message of a stream, which would not end by itself. */
function read(response: IncomingMessage): Promise<string> {
  const isStream = (response.headers['content-type'] ?? '').startsWith('text/event-stream');
  return new Promise((resolve, reject) => {
    let text = '';
    const done = () => {
      resolve(text);
      response.destroy();
    };
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > politeness.answerBytes || (isStream && messageIn(text, 'text/event-stream') !== undefined)) done();
    });
    response.on('end', () => resolve(text)).on('error', reject);
    // A GET stream of the 2025 era may stay silent for good: its headers have said all there is to know.
    if (isStream) setTimeout(done, 1_500).unref();
  });
}

function messageIn(text: string, type: string): unknown {
  const found = type.startsWith('text/event-stream') ? [...text.matchAll(/^data: ?(.+)$/gm)].map(([, data = '']) => data).find((data) => parsed(data) !== undefined) : text;
  return found === undefined ? undefined : parsed(found);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
