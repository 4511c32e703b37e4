import { createMcpHandler } from '@modelcontextprotocol/server';
import { Hono } from 'hono';
import { createGate } from '../auth/gate.js';
import { createLegacyLeg } from '../legacy/leg.js';
import { LOCAL_PRINCIPAL, type Principal } from '../principal.js';
import type { Runtime } from '../runtime.js';
import { harden, refuse, RPC } from './answer.js';
import { createBodyReader, type ReadBody, readWebBody } from './body.js';
import { assertGraceCoversCalls, type HttpConfig } from './config.js';
import { allowOrigin, createEdge } from './edge.js';
import { addHealth } from './health.js';
import type { Phase, Router } from './router.js';
import { addWellKnown } from './wellknown.js';

/** Change streams one process holds open at most; each costs memory until the client leaves. */
const MAX_SUBSCRIPTIONS = 128;

/** The server as a web-standard function. */
export interface App {
  /** @param readBody - Reads the body faster than the Request can; optional. */
  fetch(request: Request, readBody?: ReadBody): Promise<Response>;
  /** Readiness turns 503; requests are still served. */
  startLeaving(): void;
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
export function createApp(config: HttpConfig, runtime: Runtime): App {
  assertGraceCoversCalls(config, runtime.longestCallMs);
  let phase: Phase = 'serving';
  const phaseNow = (): Phase => phase;
  const principals = new WeakMap<Request, Principal>();
  const factory = runtime.factoryFor((request) => (request && principals.get(request)) ?? LOCAL_PRINCIPAL);
  const onerror = (error: Error): void => runtime.log.debug('mcp.rejected', { error: error.name });
  const modern = createMcpHandler(factory, { legacy: 'reject', bus: runtime.bus, maxSubscriptions: MAX_SUBSCRIPTIONS, onerror });
  const legacy = createLegacyLeg(factory, config.MCP_LEGACY, onerror);
  const gate = createGate(config, runtime.log);
  const edge = createEdge(config, phaseNow);
  const readMessage = createBodyReader(config.MAX_BODY_BYTES);

  const endpoint = async (request: Request, readBody: ReadBody): Promise<Response> => {
    const principal = await gate(request);
    if (principal instanceof Response) return principal;
    if (request.method !== 'POST') return notAllowed();
    const body = await readMessage(request, readBody);
    if ('refusal' in body) return body.refusal;
    principals.set(request, principal);
    return (await legacy(request, body.message)) ?? modern.fetch(request, { parsedBody: body.message });
  };

  const app: Router = new Hono();
  addHealth(app, runtime.services, phaseNow);
  app.use(async (c, next) => {
    const refusal = edge(c.req.raw);
    return refusal ?? next();
  });
  addWellKnown(app, runtime, config);
  app.all(config.publicUrl.pathname, async (c) => {
    const request = c.req.raw;
    const response = await endpoint(request, c.env.readBody ?? readWebBody(request));
    return allowOrigin(harden(response), request, config);
  });
  app.notFound(() => notFound(config.publicUrl.pathname));
  app.onError((error) => {
    runtime.log.failure('http.failed', error);
    return failed();
  });

  return {
    fetch: async (request, readBody) => app.fetch(request, readBody ? { readBody } : {}),
    startLeaving: () => {
      phase = 'leaving';
    },
    startDraining: () => {
      phase = 'draining';
    },
    idle: () => runtime.idle(),
    close: async () => {
      await modern.close();
      await runtime.services.close?.();
    },
  };
}

const notAllowed = (): Response =>
  refuse({
    status: 405,
    code: RPC.request,
    message: 'Only POST is served here: this server keeps no sessions.',
    errorClass: 'validation',
    hint: 'Send one JSON-RPC message per POST.',
    headers: { allow: 'POST' },
  });

const notFound = (path: string): Response =>
  refuse({
    status: 404,
    code: RPC.request,
    message: 'There is nothing at this path.',
    errorClass: 'not_found',
    hint: `The MCP endpoint is ${path}`,
  });

const failed = (): Response =>
  refuse({
    status: 500,
    code: RPC.internal,
    message: 'The server could not complete this request.',
    errorClass: 'internal',
    hint: 'Report the time of this request to the operator.',
  });
