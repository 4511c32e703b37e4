import { createMcpHandler } from '@modelcontextprotocol/server';
import { Hono } from 'hono';
import { createGate } from '../auth/gate.js';
import type { AuthSettings } from '../auth/settings.js';
import { createLegacyLeg } from '../legacy/leg.js';
import type { Allowance } from '../call/allowance.js';
import type { Principal } from '../principal.js';
import type { Runtime } from '../runtime.js';
import type { Admission } from './admission.js';
import { refuse } from './answer.js';
import { type Body, createBodyReader, type ReadBody, readWebBody } from './body.js';
import { assertGraceCoversCalls } from './config.js';
import { refuseCursor } from './cursor.js';
import { createDecisionLog } from './decision.js';
import { allowOrigin, createEdge } from './edge.js';
import { addHealth } from './health.js';
import { createLimiter } from './limit.js';
import type { Phase, Router } from './router.js';
import { createTakesLong } from './slow.js';
import { createStrangers, networkOf } from './strangers.js';
import { createSubscriptions, isSubscription } from './subscriptions.js';
import { addWellKnown } from './wellknown.js';

/** Milliseconds between the end of a call and the end of its stream. */
const FLUSH_MS = 50;

/** Milliseconds that load balancers are asked to stay away after the process was blocked. */
const REST_MS = 10_000;

/** The server as a web-standard function. */
export interface App {
  /**
   * @param readBody - Reads the body faster than the Request can; optional.
   * @param peer - The address of who has connected, where it is known.
   */
  fetch(request: Request, readBody?: ReadBody, peer?: string): Promise<Response>;
  /** Readiness turns 503; requests are still served. */
  startLeaving(): void;
  /** Readiness turns 503 for a while: the process was too busy to answer. */
  noteBlocked(): void;
  /** New requests are refused. */
  startDraining(): void;
  /** Resolves as soon as no call is running. */
  idle(): Promise<void>;
  /** Ends open streams and what still runs, then closes the services. */
  close(): Promise<void>;
}

/**
 * Wires the rooms a request walks through: health, edge, discovery, gate,
 * body, then the 2025 leg or the SDK's handler.
 *
 * @throws {ConfigError} when the settings do not fit this server.
 */
export function createApp(config: AuthSettings, runtime: Runtime): App {
  assertGraceCoversCalls(config, Math.max(0, ...runtime.catalog.tools.map(({ timeoutMs }) => timeoutMs)));
  let phase: Phase = 'serving';
  const phaseNow = (): Phase => phase;
  const admitted = new WeakMap<Request, { readonly admission: Admission; readonly allowance: Allowance | undefined }>();
  let blockedUntil = -Infinity;
  const factory = runtime.factoryFor(
    (request) => principalOf(request && admitted.get(request)?.admission),
    (request) => request && admitted.get(request)?.allowance,
  );
  const onerror = (error: Error): void => runtime.log.debug('mcp.rejected', { error: error.name });
  const takesLong = createTakesLong(runtime.catalog);
  const modern = createMcpHandler(factory, { legacy: 'reject', maxSubscriptions: 0, onerror });
  const modernStream = createMcpHandler(factory, { legacy: 'reject', maxSubscriptions: 0, onerror, responseMode: 'sse' });
  const subscriptions = createSubscriptions(factory, runtime.changes, onerror);
  const legacy = createLegacyLeg(config, factory, onerror, runtime.state, takesLong);
  const decide = createDecisionLog(runtime);
  const gate = createGate(config, runtime);
  const strangers = createStrangers(runtime.countFailure);
  const limit = createLimiter(config, runtime);
  const edge = createEdge(config, phaseNow);
  const readMessage = createBodyReader(config.MAX_BODY_BYTES);

  const endpoint = async (request: Request, readBody: ReadBody, peer?: string): Promise<Response> => {
    const whence = (): string | undefined => networkOf(peer, request, config.TRUSTED_PROXY_HOPS, runtime.tellsPeers);
    const turnedAway = strangers.refuse(whence);
    if (turnedAway) return turnedAway;
    // A request without a token is how every client begins, and costs no cryptography.
    const hadToken = request.headers.has('authorization');
    const admission = await gate.admit(request);
    if (admission instanceof Response) {
      if (admission.status === 401 && hadToken) await strangers.noteFailure(whence());
      return admission;
    }
    if (config.TENANT_ID !== undefined && admission.principal.tenant !== config.TENANT_ID) {
      return foreignTenant(decide({ decision: 'deny', reason: 'foreign_tenant', errorClass: 'authorization', principal: admission.principal }));
    }
    if (runtime.relay) return runtime.relay(request, admission.principal.tenant);
    const body: Body = request.method === 'POST' ? await readMessage(request, readBody, admission.principal) : { message: undefined };
    if ('refusal' in body) return body.refusal;
    const { message } = body;
    const denied = gate.authorize(admission, Array.isArray(message) ? message : [message]);
    if (denied) return denied;
    legacy.lookAhead(request, admission);
    const allowance = await limit(admission.principal, message);
    if (allowance instanceof Response) return allowance;
    admitted.set(request, { admission, allowance });
    try {
      const response =
        refuseCursor(message) ?? (await legacy.answer(request, admission, message)) ?? (await answerModern(request, admission, message));
      return gate.bound(admission, request, response);
    } finally {
      allowance?.places.free();
    }
  };

  const answerModern = (request: Request, admission: Admission, message: unknown): Promise<Response> => {
    const { authInfo } = admission;
    const options = { parsedBody: message, ...(authInfo && { authInfo }) };
    if (runtime.canSubscribe && isSubscription(message)) return subscriptions.open(request, admission.principal, options);
    return (takesLong(message) ? modernStream : modern).fetch(request, options);
  };

  const app: Router = new Hono();
  addHealth(app, runtime, phaseNow, () => performance.now() >= blockedUntil);
  addWellKnown(app, runtime, config, gate.scheme, edge);
  gate.addRoutes(app);
  // The edge is called, not mounted: one handler per route spares Hono's middleware chain.
  app.all(config.publicUrl.pathname, async ({ req: { raw: request }, env }) => {
    const answer = (): Promise<Response> => endpoint(request, env.readBody ?? readWebBody(request), env.peer);
    const respond = async (): Promise<Response> => allowOrigin(edge(request) ?? (await runtime.activity.during(answer)), request, config);
    return runtime.telemetry ? runtime.telemetry.measure(request, config.publicUrl, respond()) : respond();
  });
  app.notFound(({ req }) => edge(req.raw) ?? notFound(config.publicUrl.pathname));
  app.onError((error) => {
    const correlationId = crypto.randomUUID();
    runtime.log.failure('http.failed', error, { correlation_id: correlationId });
    return failed(correlationId);
  });

  return {
    fetch: async (request, readBody, peer) => app.fetch(request, { ...(readBody && { readBody }), ...(peer !== undefined && { peer }) }),
    startLeaving: () => {
      phase = 'leaving';
    },
    noteBlocked: () => {
      blockedUntil = performance.now() + REST_MS;
    },
    startDraining: () => {
      phase = 'draining';
    },
    idle: async () => {
      await runtime.activity.idle();
      // The last frame of a stream is still on its way.
      await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
    },
    close: async () => {
      await Promise.all([modern.close(), modernStream.close(), subscriptions.close()]);
      legacy.close();
      await runtime.services.close?.();
      runtime.state.close?.();
      await runtime.telemetry?.close();
    },
  };
}

/** @throws when a request has got past the gate: then nobody must be assumed. */
function principalOf(admission: Admission | undefined): Principal {
  if (!admission) throw new Error('A request without admission has reached the server.');
  return admission.principal;
}

const notFound = (path: string): Response => refuse(404, 'There is nothing at this path.', `The MCP endpoint is ${path}`);

const foreignTenant = (correlationId: string): Response =>
  refuse(403, 'This server is not for the tenant of this access token.', 'Use the server of your own tenant. Operator: TENANT_ID says whose this is.', {}, { correlationId });

const failed = (correlationId: string): Response =>
  refuse(500, 'The server could not complete this request.', 'Report the correlation_id to the operator.', {}, { correlationId });
