/** What a client may leave unread before it is let go; it can resume. In bytes. */
const MAX_UNREAD = 1024 * 1024;

/** Milliseconds between two comments that keep proxies from closing an idle stream. */
const KEEP_ALIVE_MS = 15_000;

/** Milliseconds after which a client should come back when its stream ends early. */
const RETRY_MS = 1_000;

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // Proxies that buffer would hold events back.
  'x-accel-buffering': 'no',
} as const;

/** A response that is written bit by bit: server-sent events. */
export class EventStream {
  readonly response: Response;
  /** Aborts when the stream has ended, whoever has ended it. */
  readonly signal: AbortSignal;
  readonly #ended = new AbortController();
  readonly #encoder = new TextEncoder();
  readonly #timer: ReturnType<typeof setInterval>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(headers: Readonly<Record<string, string>> = {}) {
    this.signal = this.#ended.signal;
    const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      this.#controller = controller;
    };
    const body = new ReadableStream({ start, cancel: () => this.#end() }, new ByteLengthQueuingStrategy({ highWaterMark: MAX_UNREAD }));
    this.response = new Response(body, { headers: { ...HEADERS, ...headers } });
    this.#timer = setInterval(() => this.#write(': keepalive\n\n'), KEEP_ALIVE_MS);
  }

  /** Gives the client something to resume from before there is anything to tell it (2025-11-25, resumability). */
  prime(id: string): void {
    this.#write(`id: ${id}\nretry: ${RETRY_MS}\ndata: \n\n`);
  }

  /** @param text - JSON, so without line breaks. */
  send(id: string | undefined, text: string): void {
    this.#write(`event: message\n${id === undefined ? '' : `id: ${id}\n`}data: ${text}\n\n`);
  }

  close(): void {
    if (this.signal.aborted) return;
    this.#controller?.close();
    this.#end();
  }

  #write(frame: string): void {
    if (this.signal.aborted || !this.#controller) return;
    this.#controller.enqueue(this.#encoder.encode(frame));
    if ((this.#controller.desiredSize ?? 0) <= 0) this.close();
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#ended.abort();
  }
}
