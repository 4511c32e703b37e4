import type { JSONRPCMessage, ServerEvent } from '@modelcontextprotocol/server';
import type { Principal } from '../principal.js';
import { CHANGES, readChange } from '../server/changes.js';
import { follow } from '../state/follow.js';
import type { State } from '../state/state.js';
import { EventStream } from './event_stream.js';
import type { Session, Sessions } from './sessions.js';
import { eventId, leaseOf, PRIMES_SINCE } from './streams.js';

/** The stream that belongs to no POST, as event ids call it. */
export const STANDALONE = 'get';

/** Milliseconds that an instance may be out of reach until another stream of its session can be opened beside it. */
const LEASE_MS = 60_000;

/**
 * Opens the stream of a GET: the changes that the client wants to hear of. There is
 * one per session on all instances: a new one takes over from an older one, whose client
 * has usually gone without saying so.
 *
 * @param position - That of the last event that the client has seen.
 */
export async function openStandalone(
  principal: Principal,
  session: Session,
  { values, channel, log }: State,
  sessions: Sessions,
  position: string | undefined,
): Promise<EventStream> {
  const { id, tenant } = session;
  const token = crypto.randomUUID();
  const leaseKey = leaseOf(id);
  await values.set(tenant, leaseKey, token, LEASE_MS);
  const stream = new EventStream();
  const unsubscribe = channel.subscribe(leaseKey, (holder) => holder !== token && stream.close());
  channel.publish(leaseKey, token);

  let at = position ?? (await log.last(tenant, CHANGES)) ?? '0';
  const tell = async (): Promise<void> => {
    for await (const entry of follow({ log, channel }, tenant, CHANGES, at, stream.signal)) {
      at = entry.id;
      const event = readChange(entry.text);
      const current = event && (await sessions.find(principal, id));
      const message = current && toNotification(event, current.subscriptions);
      if (!message) continue;
      // Asked each time: the same message must not go out on two streams.
      if ((await values.get(tenant, leaseKey)) !== token) return stream.close();
      stream.send(eventId(STANDALONE, at), JSON.stringify(message));
    }
  };
  tell().catch(() => stream.close());

  // An open stream is a session in use.
  const renewal = setInterval(() => {
    Promise.all([sessions.find(principal, id), values.replace(tenant, leaseKey, token, token, LEASE_MS)])
      .then(([found, held]) => (found && held) || stream.close())
      .catch(() => undefined);
  }, LEASE_MS / 3);
  stream.signal.addEventListener('abort', () => {
    clearInterval(renewal);
    unsubscribe();
    void values.replace(tenant, leaseKey, token, undefined, 0).catch(() => false);
  });
  if (session.version >= PRIMES_SINCE) stream.prime(eventId(STANDALONE, at));
  return stream;
}

const METHODS = {
  tools_list_changed: 'notifications/tools/list_changed',
  prompts_list_changed: 'notifications/prompts/list_changed',
  resources_list_changed: 'notifications/resources/list_changed',
  resource_updated: 'notifications/resources/updated',
} as const;

function toNotification(event: ServerEvent, subscriptions: readonly string[]): JSONRPCMessage | undefined {
  const method = METHODS[event.kind];
  if (event.kind !== 'resource_updated') return { jsonrpc: '2.0', method, ...(event.params && { params: event.params }) };
  return subscriptions.includes(event.uri) ? { jsonrpc: '2.0', method, params: { ...event.params, uri: event.uri } } : undefined;
}
