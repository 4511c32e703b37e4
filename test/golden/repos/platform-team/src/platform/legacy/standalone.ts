import type { JSONRPCMessage, ServerEvent } from '@modelcontextprotocol/server';
import type { Principal } from '../principal.js';
import { CHANGES, readChange } from '../server/changes.js';
import { follow } from '../state/follow.js';
import type { State } from '../state/state.js';
import { EventStream } from './event_stream.js';
import type { Session, Sessions } from './sessions.js';
import { eventId, leaseOf, now, ownStream, PRIMES_SINCE } from './streams.js';

/** The stream that belongs to no POST, as event ids call it. */
export const STANDALONE = 'get';

/** Milliseconds that an instance may be out of reach until another stream of its session can be opened beside it. */
const LEASE_MS = 60_000;

/**
 * Opens the stream of a GET: what the server has to say on its own. There is
 * one per session on all instances: a new one takes over from an older one, whose client
 * has usually gone without saying so.
 *
 * @param positions - Those of the last event that the client has seen.
 */
export async function openStandalone(
  principal: Principal,
  session: Session,
  { values, channel, log }: State,
  sessions: Sessions,
  positions: readonly string[],
): Promise<EventStream> {
  const { id, tenant } = session;
  const token = crypto.randomUUID();
  const leaseKey = leaseOf(id);
  const holdsLease = async (): Promise<boolean> => (await values.get(tenant, leaseKey)) === token;
  await values.set(tenant, leaseKey, token, LEASE_MS);
  const stream = new EventStream();
  const unsubscribe = channel.subscribe(leaseKey, (holder) => holder !== token && stream.close());
  channel.publish(leaseKey, token);

  const [own = await now(log, tenant, ownStream(id)), changes = await now(log, tenant, CHANGES)] = positions;
  const at = { own, changes };
  const tell = async (source: keyof typeof at, name: string, toMessage: (text: string) => Promise<string | undefined>): Promise<void> => {
    for await (const entry of follow({ log, channel }, tenant, name, at[source], stream.signal)) {
      const text = await toMessage(entry.text);
      at[source] = entry.id;
      // Asked each time: the same message must not go out on two streams.
      if (!(await holdsLease())) return stream.close();
      if (text !== undefined) stream.send(eventId(STANDALONE, at.own, at.changes), text);
    }
  };
  const failed = (): void => stream.close();
  tell('own', ownStream(id), async (text) => text).catch(failed);
  tell('changes', CHANGES, async (text) => {
    const event = readChange(text);
    const current = event && (await sessions.find(principal, id));
    const message = current && toNotification(event, current.subscriptions);
    return message && JSON.stringify(message);
  }).catch(failed);

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
  if (session.version >= PRIMES_SINCE) stream.prime(eventId(STANDALONE, at.own, at.changes));
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
