import { isInitializeRequest, isJSONRPCNotification, isJSONRPCRequest, isJSONRPCResponse, type JSONRPCRequest } from '@modelcontextprotocol/server';
import type { AuthSettings } from '../auth/settings.js';
import type { Admission } from '../http/admission.js';
import { answerJson, refuse } from '../http/answer.js';
import type { TakesLong } from '../http/slow.js';
import type { ServerFactory } from '../server/factory.js';
import { StateFull, StateUnavailable } from '../state/port.js';
import type { State } from '../state/state.js';
import { createConversation } from './conversation.js';
import { checkHeaders, checkVersion, createPerRequestLeg, isLegacy, notOneMessage } from './per_request.js';
import { resume } from './resume.js';
import { createSessions, type Session, type Sessions } from './sessions.js';
import { SessionOutdated, SessionTransport, versionIn } from './transport.js';

/** Answers clients of the 2025 revisions. */
export interface LegacyLeg {
  /** Starts to look up the session of a request, so that it costs no round trip of its own. */
  lookAhead(request: Request, admission: Admission): void;
  /**
   * Resolves to undefined when the request is of the 2026 era.
   *
   * @param message - The parsed body of a POST.
   */
  answer(request: Request, admission: Admission, message?: unknown): Promise<Response | undefined>;
  /** Ends what is still open. */
  close(): void;
}

/** The only revision that has batches; whoever reads the body has seen how long one is. */
const BATCH_VERSION = '2025-03-26';

/** What a client may say that has to be kept in the store, as JSON, in UTF-16 code units. */
const MAX_KEPT = 64 * 1_024;

/**
 * Serves the 2025 era with sessions that any instance can go on with: what a
 * session is stands in the state store, and each request gets a fresh server
 * that hears the handshake again.
 */
export function createLegacyLeg(
  { MCP_LEGACY: mode }: AuthSettings,
  factory: ServerFactory,
  onerror: (error: Error) => void,
  state: State,
  takesLong: TakesLong,
): LegacyLeg {
  const sessions = createSessions(state.values);
  const conversation = createConversation(factory, state, sessions);
  const perRequest = createPerRequestLeg(factory, onerror, takesLong);

  const ahead = new WeakMap<Request, ReturnType<Sessions['find']>>();

  const open = async (request: Request, { principal, authInfo }: Admission, initialize: JSONRPCRequest): Promise<Response> => {
    if (isTooLong(initialize)) return tooLong();
    const server = factory({ era: 'legacy', requestInfo: request, ...(authInfo && { authInfo }) });
    const transport = new SessionTransport(async () => undefined);
    await server.connect(transport);
    const answer = await transport.privately(initialize, { request });
    await server.close();
    const version = versionIn(answer);
    if (version === undefined) return answerJson(answer);
    const session = await sessions.open(principal, initialize, version);
    return answerJson(answer, 200, { 'mcp-session-id': session.id });
  };

  const post = async (request: Request, admission: Admission, session: Session, body: unknown): Promise<Response> => {
    const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
    const isBatch = Array.isArray(body) && session.version === BATCH_VERSION && messages.length > 0;
    if (Array.isArray(body) && !isBatch) return notOneMessage();
    const requests = messages.filter(isJSONRPCRequest);
    const others = messages.filter((message) => isJSONRPCNotification(message) || isJSONRPCResponse(message));
    if (requests.length + others.length < messages.length) return notOneMessage();
    if (others.some(isTooLong)) return tooLong();
    for (const message of others) await conversation.hear(session, message);
    if (requests.length === 0) return new Response(null, { status: 202 });
    return conversation.answer(session, requests, { request, authInfo: admission.authInfo, isBatch });
  };

  const serve = async (request: Request, admission: Admission, body: unknown): Promise<Response> => {
    const { method, headers } = request;
    const refusal = method === 'POST' ? checkHeaders(request) : checkVersion(request);
    if (refusal) return refusal;
    if (method === 'POST' && isInitializeRequest(body) && isJSONRPCRequest(body)) return open(request, admission, body);
    const id = headers.get('mcp-session-id');
    if (id === null) return noSession();
    const session = await (ahead.get(request) ?? sessions.find(admission.principal, id));
    if (!session) return unknownSession();
    if (method === 'POST') return post(request, admission, session, body);
    if (method === 'GET') return resume(request, admission.principal, session, state, sessions, conversation);
    await sessions.end(session);
    conversation.end(session);
    return new Response(null, { status: 204 });
  };

  return {
    lookAhead(request, { principal }) {
      const id = mode === 'sessions' ? sessionIdOf(request.headers) : null;
      if (id === null) return;
      const found = sessions.find(principal, id);
      found.catch(() => undefined); // for `answer` to say, if it comes to that
      ahead.set(request, found);
    },
    async answer(request, admission, body) {
      const { method, headers } = request;
      if (mode !== 'sessions') {
        if (method !== 'POST') return notAllowed('POST');
        return mode === 'reject' || !(await isLegacy(request, body)) ? undefined : perRequest(request, admission, body);
      }
      if (!['POST', 'GET', 'DELETE'].includes(method)) return notAllowed('POST, GET, DELETE');
      if (method === 'POST' && sessionIdOf(headers) === null && !(await isLegacy(request, body))) return undefined;
      try {
        return await serve(request, admission, body);
      } catch (error) {
        if (error instanceof SessionOutdated) return unknownSession();
        if (error instanceof StateUnavailable) return unavailable();
        if (error instanceof StateFull) return full();
        throw error;
      }
    },
    close: () => conversation.close(),
  };
}

/** Null for a request of the 2026 era, which takes no notice of sessions. */
const sessionIdOf = (headers: Headers): string | null => (headers.get('mcp-protocol-version') === '2026-07-28' ? null : headers.get('mcp-session-id'));

const isTooLong = (message: unknown): boolean => JSON.stringify(message).length > MAX_KEPT;

const tooLong = (): Response =>
  refuse(413, `A message that the session has to remember is longer than ${MAX_KEPT} characters.`, 'Say less about the client, or answer more briefly.');

const notAllowed = (allow: string): Response =>
  refuse(405, `Only ${allow} is served here.`, 'Send one JSON-RPC message per POST.', { allow });

const noSession = (): Response =>
  refuse(400, 'The request belongs to no session.', 'Send initialize first, and the Mcp-Session-Id of its answer with every request.');

/** 404 makes clients open a new session (2025-11-25, session management). */
const unknownSession = (): Response =>
  refuse(404, 'There is no such session, or no longer.', 'Send initialize to open a new one.', {}, { code: -32_001 });

const unavailable = (): Response =>
  refuse(503, 'Sessions cannot be reached at the moment.', 'Send the request again. Operator: the state line of /readyz is false; is Redis up?', {
    'retry-after': '2',
  });

const full = (): Response =>
  refuse(503, 'There is no room for another session.', 'End sessions with DELETE, or try again later.', { 'retry-after': '60' });
