import type { ServerContext } from '@modelcontextprotocol/server';
import type { ReadContext, ServicesShape } from '../define/context.js';
import type { Audit } from '../observe/audit.js';
import type { Log } from '../observe/log.js';
import type { Principal } from '../principal.js';
import type { Activity } from './activity.js';
import type { OpenOperation } from './idempotency.js';

/** What calls need, made once per process. */
export interface CallDependencies<S extends ServicesShape> {
  readonly services: S;
  readonly log: Log;
  readonly audit: Audit;
  readonly openOperation: OpenOperation;
  readonly activity: Activity;
}

/** What the client says about itself: useful in logs, never to be trusted. */
export interface Peer {
  readonly clientName: string | undefined;
  readonly protocolVersion: string | undefined;
}

/** Where a request comes from. */
export interface Caller {
  readonly principal: Principal;
  readonly era: 'modern' | 'legacy';
  peer(): Peer;
}

/** Builds what a handler sees of one request. */
export function contextFor<S extends ServicesShape>(
  { services, log }: CallDependencies<S>,
  { principal }: Caller,
  request: ServerContext | undefined,
  signal: AbortSignal,
  correlationId: string,
): ReadContext<S> {
  return {
    read: services.read(principal) as ReturnType<S['read']>,
    principal,
    signal,
    progress: progressOf(request, signal),
    log: log.with({ correlation_id: correlationId }),
    correlationId,
  };
}

/** Progress goes up, belongs to this request, and ends with it (2026-07-28, basic/patterns/progress). */
function progressOf(request: ServerContext | undefined, signal: AbortSignal): ReadContext<ServicesShape>['progress'] {
  const progressToken = request?.mcpReq._meta?.progressToken;
  let last = -Infinity;
  return async (done, total, message) => {
    if (!request || progressToken === undefined || done <= last || signal.aborted) return;
    last = done;
    const params = { progressToken, progress: done, ...(total !== undefined && { total }), ...(message !== undefined && { message }) };
    await request.mcpReq.notify({ method: 'notifications/progress', params });
  };
}
