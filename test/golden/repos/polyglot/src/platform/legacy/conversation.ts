import { type AuthInfo, isJSONRPCResponse, type JSONRPCNotification, type JSONRPCRequest, type JSONRPCResponse } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { answerJson } from '../http/answer.js';
import type { ServerFactory } from '../server/factory.js';
import type { State } from '../state/state.js';
import { Exchange } from './exchange.js';
import type { Session, Sessions } from './sessions.js';
import { inboxOf, leaseOf } from './streams.js';

/** What instances tell each other about the exchanges that one of them runs. */
const CHANNEL = 'exchanges';

const order = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cancel'), session: z.string(), notification: z.looseObject({ jsonrpc: z.literal('2.0'), method: z.string() }), id: z.unknown() }),
  z.object({ kind: z.literal('detach'), session: z.string(), exchange: z.string() }),
  z.object({ kind: z.literal('end'), session: z.string() }),
]);
type Order = z.output<typeof order>;

/** Milliseconds that an answer of the client is kept: whoever has asked is listening. */
const INBOX_MS = 60_000;

const MAX_SUBSCRIPTIONS = 100;
const subscription = z.object({ uri: z.string().max(2_048) });
const levelChange = z.object({ level: z.enum(['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency']) });

export interface Delivery {
  readonly request: Request;
  readonly authInfo: AuthInfo | undefined;
  readonly isBatch: boolean;
}

export type Conversation = ReturnType<typeof createConversation>;

/** The exchanges that this instance runs, and the way from any other instance to them. */
export function createConversation(factory: ServerFactory, state: State, sessions: Sessions) {
  const running = new Map<string, Set<Exchange>>();

  /** Whether an exchange of this instance was meant. */
  const obey = (given: Order): boolean => {
    let isObeyed = false;
    for (const exchange of running.get(given.session) ?? []) {
      if (given.kind === 'cancel') isObeyed = exchange.cancel(given.notification, given.id) || isObeyed;
      else if (given.kind === 'detach') exchange.detach(given.exchange);
      else exchange.abort();
    }
    return isObeyed;
  };
  const tellAll = (given: Order): void => state.channel.publish(CHANNEL, JSON.stringify(given));
  const deaf = state.channel.subscribe(CHANNEL, (text) => {
    const { data } = order.safeParse(JSON.parse(text));
    if (data) obey(data);
  });

  const subscribe = async (session: Session, { id, method, params }: JSONRPCRequest): Promise<JSONRPCResponse> => {
    const { data } = subscription.safeParse(params);
    const isFull = method === 'resources/subscribe' && session.subscriptions.length >= MAX_SUBSCRIPTIONS;
    if (!data || isFull) {
      const message = isFull ? `At most ${MAX_SUBSCRIPTIONS} resources can be subscribed to.` : 'Name the uri of a resource.';
      return { jsonrpc: '2.0', id, error: { code: -32_602, message } };
    }
    await sessions.change(session, ({ subscriptions }) => {
      const others = subscriptions.filter((uri) => uri !== data.uri);
      return { subscriptions: method === 'resources/subscribe' ? [...others, data.uri] : others };
    });
    return { jsonrpc: '2.0', id, result: {} };
  };

  return {
    /** Takes what needs no answer: the client's own answers, cancellations and progress. */
    async hear(session: Session, message: JSONRPCNotification | JSONRPCResponse): Promise<void> {
      if (isJSONRPCResponse(message) || message.method === 'notifications/progress') {
        await state.log.append(session.tenant, inboxOf(session.id), JSON.stringify(message), INBOX_MS);
      } else if (message.method === 'notifications/cancelled') {
        const cancel: Order = { kind: 'cancel', session: session.id, notification: { ...message }, id: message.params?.['requestId'] };
        if (!obey(cancel)) tellAll(cancel);
      }
    },
    /** Answers requests, by a server that is made for them. */
    async answer(session: Session, requests: readonly JSONRPCRequest[], delivery: Delivery): Promise<Response> {
      const [first] = requests;
      if (first && !delivery.isBatch && /^resources\/(un)?subscribe$/.test(first.method)) return answerJson(await subscribe(session, first));
      for (const { method, params } of requests) {
        const level = method === 'logging/setLevel' ? levelChange.safeParse(params).data?.level : undefined;
        if (level) await sessions.change(session, () => ({ logLevel: level }));
      }
      const exchange = new Exchange({ session, requests, factory, state, ...delivery });
      const all = running.get(session.id) ?? new Set();
      running.set(session.id, all.add(exchange));
      exchange.over.addEventListener('abort', () => {
        all.delete(exchange);
        if (all.size === 0 && running.get(session.id) === all) running.delete(session.id);
      });
      try {
        return await exchange.start();
      } catch (error) {
        exchange.abort();
        throw error;
      }
    },
    /** A client reads the rest of an exchange elsewhere: the same message must not go out twice. */
    detach: ({ id: session }: Session, exchange: string): void => tellAll({ kind: 'detach', session, exchange }),
    /** The session has been ended: nothing of it goes on, on any instance. */
    end({ id: session }: Session): void {
      tellAll({ kind: 'end', session });
      state.channel.publish(leaseOf(session), 'ended');
    },
    /** Ends what this instance still runs. */
    close(): void {
      deaf();
      for (const exchanges of running.values()) for (const exchange of exchanges) exchange.abort();
    },
  };
}
