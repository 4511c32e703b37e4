import type { Principal } from '../principal.js';
import { refuse } from '../http/answer.js';
import { follow } from '../state/follow.js';
import type { State } from '../state/state.js';
import type { Conversation } from './conversation.js';
import { EventStream } from './event_stream.js';
import type { Session, Sessions } from './sessions.js';
import { openStandalone, STANDALONE } from './standalone.js';
import { END, eventId, postStream } from './streams.js';

/**
 * Answers a GET: opens the session's own stream, or goes on with the one that
 * `Last-Event-ID` names, on whichever instance it was (2025-11-25,
 * resumability). The session comes from its own header, never from an event id.
 */
export async function resume(
  { headers }: Request,
  principal: Principal,
  session: Session,
  state: State,
  sessions: Sessions,
  conversation: Conversation,
): Promise<Response> {
  if (!headers.get('accept')?.includes('text/event-stream')) return notAcceptable();
  const last = headers.get('last-event-id');
  const [, stream = STANDALONE, position] = /^([\da-z-]+)_(\d{1,20}(?:-\d{1,20})?)$/.exec(last ?? '') ?? [];
  if (last !== null && position === undefined) return unknownEvent();
  if (stream === STANDALONE) return (await openStandalone(principal, session, state, sessions, position)).response;

  const name = postStream(session.id, stream);
  if (position === undefined || (await state.log.last(session.tenant, name)) === undefined) return unknownEvent();
  conversation.detach(session, stream);
  const events = new EventStream();
  void (async () => {
    for await (const { id, text } of follow(state, session.tenant, name, position, events.signal)) {
      if (text === END) return events.close();
      events.send(eventId(stream, id), text);
    }
  })();
  return events.response;
}

const notAcceptable = (): Response => refuse(406, 'The client must accept a stream.', 'Send Accept: text/event-stream');

const unknownEvent = (): Response =>
  refuse(400, 'The Last-Event-ID header names no event of this session, or one that is too old.', 'Leave it out, and send requests again.');
