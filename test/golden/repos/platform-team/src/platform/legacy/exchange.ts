import {
  type AuthInfo,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
  type JSONRPCNotification,
  type JSONRPCRequest,
  type RequestId,
} from '@modelcontextprotocol/server';
import { answerJson } from '../http/answer.js';
import type { ServerFactory } from '../server/factory.js';
import { follow } from '../state/follow.js';
import type { State } from '../state/state.js';
import { EventStream } from './event_stream.js';
import { calledTool } from './per_request.js';
import type { Session } from './sessions.js';
import { END, eventId, inboxOf, postStream, PRIMES_SINCE, STREAM_MS } from './streams.js';
import { hydrate, SessionTransport } from './transport.js';

/** An answer that takes longer than this is streamed, so that its client can come back for it. In milliseconds. */
const STREAM_AFTER_MS = 250;

export interface ExchangeOptions {
  readonly session: Session;
  /** One, or a batch of 2025-03-26. */
  readonly requests: readonly JSONRPCRequest[];
  readonly isBatch: boolean;
  readonly request: Request;
  readonly authInfo: AuthInfo | undefined;
  readonly factory: ServerFactory;
  readonly state: Pick<State, 'channel' | 'log'>;
}

/**
 * One POST of a session: a server of its own, and whatever it says until every
 * request is answered. The client may leave and come back for the rest, and
 * answer what it is asked, on any instance.
 */
export class Exchange {
  readonly id = crypto.randomUUID();
  readonly #options: ExchangeOptions;
  readonly #open: Set<RequestId>;
  readonly #answers: JSONRPCMessage[] = [];
  readonly #transport: SessionTransport;
  readonly #over = new AbortController();
  #respond: (response: Response) => void = () => undefined;
  #stream: EventStream | undefined;
  /** What is said goes out in the order in which it was said. */
  #last: Promise<void> = Promise.resolve();
  #listening: Promise<void> | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#open = new Set(options.requests.map(({ id }) => id));
    this.#transport = new SessionTransport((message) => this.#inTurn(() => this.#deliver(message)));
  }

  /** Aborts when everything has been said. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  async start(): Promise<Response> {
    const { session, requests, request, authInfo, factory } = this.#options;
    const [first] = requests;
    const named = requests.length === 1 && first ? calledTool(first) : undefined;
    const server = factory({ era: 'legacy', requestInfo: request, ...(authInfo && { authInfo }) }, named);
    this.over.addEventListener('abort', () => void server.close());
    await hydrate(server, this.#transport, session);
    const response = new Promise<Response>((resolve) => (this.#respond = resolve));
    const timer = setTimeout(() => void this.#inTurn(() => this.#openStream()), STREAM_AFTER_MS);
    this.over.addEventListener('abort', () => clearTimeout(timer));
    const extra = { request, ...(authInfo && { authInfo }), ...(this.#primes && { closeSSEStream: () => this.#letGo() }) };
    for (const message of requests) this.#transport.onmessage?.(message, extra);
    return response;
  }

  /** Cancels a request of this exchange; whether it was one. */
  cancel(notification: JSONRPCNotification, requestId: unknown): boolean {
    const id = [...this.#open].find((open) => open === requestId);
    if (id === undefined) return false;
    this.#transport.onmessage?.(notification);
    void this.#inTurn(() => this.#settle(id));
    return true;
  }

  /** Says no more to the client here: it reads the rest elsewhere. */
  detach(exchangeId: string): void {
    if (exchangeId === this.id) this.#stream?.close();
  }

  /** Ends the exchange, whatever is still running. */
  abort(): void {
    void this.#inTurn(() => this.#finish());
  }

  /** What has failed fails its own caller, and holds up nobody else. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Lets the client go, with something to come back with. What is still to come is kept for it. */
  #letGo(): void {
    void this.#inTurn(async () => {
      await this.#openStream();
      this.#stream?.close();
    });
  }

  /** Whether the client can come back before it has got an event with data. */
  get #primes(): boolean {
    return this.#options.session.version >= PRIMES_SINCE;
  }

  /** A server that lives for one POST says nothing that does not belong to it, and its client certainly listens there. */
  async #deliver(message: JSONRPCMessage): Promise<void> {
    if (this.over.aborted) return;
    if (isJSONRPCResponse(message)) {
      if (this.#stream) await this.#send(message);
      else this.#answers.push(message);
      if (message.id !== undefined) await this.#settle(message.id);
      return;
    }
    const outbound = await this.#address(message);
    await this.#openStream();
    await this.#send(outbound);
  }

  /** Each server counts its questions from 0; their ids have to tell which server asked, and its own have to be heard. */
  async #address(message: JSONRPCMessage): Promise<JSONRPCMessage> {
    if (isJSONRPCRequest(message)) {
      await (this.#listening ??= this.#listen());
      const meta = message.params?._meta;
      const token = meta?.progressToken;
      const params = token === undefined ? message.params : { ...message.params, _meta: { ...meta, progressToken: this.#globalId(token) } };
      return { ...message, id: this.#globalId(message.id), ...(params && { params }) };
    }
    if (!isJSONRPCNotification(message) || message.method !== 'notifications/cancelled') return message;
    return { ...message, params: { ...message.params, requestId: this.#globalId(message.params?.['requestId']) } };
  }

  #globalId(id: unknown): string {
    return `${this.id}:${id}`;
  }

  /** Undefined for an id of another server. */
  #localId(id: unknown): number | undefined {
    const prefix = `${this.id}:`;
    return typeof id === 'string' && id.startsWith(prefix) ? Number(id.slice(prefix.length)) : undefined;
  }

  /** Follows what the client answers. Only this session's client can put something there. */
  async #listen(): Promise<void> {
    const { session, state } = this.#options;
    const inbox = inboxOf(session.id);
    const after = (await state.log.last(session.tenant, inbox)) ?? '0';
    void (async () => {
      for await (const { text } of follow(state, session.tenant, inbox, after, this.over)) this.#hear(JSON.parse(text) as JSONRPCMessage);
    })();
  }

  #hear(message: JSONRPCMessage): void {
    if (isJSONRPCResponse(message)) {
      const id = this.#localId(message.id);
      if (id !== undefined) this.#transport.onmessage?.({ ...message, id });
    } else if (isJSONRPCNotification(message)) {
      const progressToken = this.#localId(message.params?.['progressToken']);
      if (progressToken !== undefined) this.#transport.onmessage?.({ ...message, params: { ...message.params, progressToken } });
    }
  }

  async #openStream(): Promise<void> {
    if (this.#stream || this.over.aborted) return;
    this.#stream = new EventStream();
    const start = await this.#keep('{}');
    if (start !== undefined && this.#primes) this.#stream.prime(start);
    this.#respond(this.#stream.response);
    for (const answer of this.#answers) await this.#send(answer);
  }

  async #send(message: JSONRPCMessage): Promise<void> {
    const text = JSON.stringify(message);
    this.#stream?.send(await this.#keep(text), text);
  }

  /** Keeps an event for a client that comes back; without a store there is no coming back. */
  async #keep(text: string): Promise<string | undefined> {
    const { session, state } = this.#options;
    const append = state.log.append(session.tenant, postStream(session.id, this.id), text, STREAM_MS);
    return append.then((position) => eventId(this.id, position), () => undefined);
  }

  async #settle(id: RequestId): Promise<void> {
    this.#open.delete(id);
    if (this.#open.size === 0) await this.#finish();
  }

  async #finish(): Promise<void> {
    if (this.over.aborted) return;
    if (this.#stream) {
      await this.#keep(END);
      this.#stream.close();
    } else if (this.#answers.length > 0) {
      this.#respond(answerJson(this.#options.isBatch ? this.#answers : this.#answers[0]));
    } else {
      // Cancelled: there will be no answer.
      this.#respond(new Response(null, { status: 202 }));
    }
    this.#over.abort();
  }
}
