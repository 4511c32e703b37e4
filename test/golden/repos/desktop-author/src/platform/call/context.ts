import type { ServerContext } from '@modelcontextprotocol/server';
import type { ReadContext, ServicesShape, WriteContext } from '../define/context.js';
import type { Audit } from '../observe/audit.js';
import type { Log } from '../observe/log.js';
import type { Principal } from '../principal.js';
import type { Activity } from './activity.js';
import type { Deadline } from './deadline.js';
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

/** What a handler sees of one call. Getters, because most handlers use one or two of these. */
export class CallContext<S extends ServicesShape> implements ReadContext<S> {
  #lastProgress = -Infinity;

  constructor(
    protected readonly calls: CallDependencies<S>,
    readonly principal: Principal,
    readonly correlationId: string,
    protected readonly deadline: Deadline,
    protected readonly request: ServerContext | undefined,
  ) {}

  get read(): ReturnType<S['read']> {
    return this.calls.services.read(this.principal) as ReturnType<S['read']>;
  }

  get signal(): AbortSignal {
    return this.deadline.signal;
  }

  get log(): Log {
    return this.calls.log.with({ correlation_id: this.correlationId });
  }

  /** Progress goes up, belongs to this request and ends with it (2026-07-28, basic/patterns/progress). */
  readonly progress = async (done: number, total?: number, message?: string): Promise<void> => {
    const progressToken = this.request?.mcpReq._meta?.progressToken;
    if (!this.request || progressToken === undefined || done <= this.#lastProgress || this.deadline.isOver) return;
    this.#lastProgress = done;
    const details = { ...(total !== undefined && { total }), ...(message !== undefined && { message }) };
    const params = { progressToken, progress: done, ...details };
    await this.request.mcpReq.notify({ method: 'notifications/progress', params });
  };

  /** The same call, allowed to have an effect. */
  forWriting(idempotencyKey: string): WriteContext<S> {
    const { calls, principal, correlationId, deadline, request } = this;
    return new WritingContext([calls, principal, correlationId, deadline, request], idempotencyKey);
  }
}

class WritingContext<S extends ServicesShape> extends CallContext<S> implements WriteContext<S> {
  readonly idempotencyKey: string;

  constructor(base: ConstructorParameters<typeof CallContext<S>>, idempotencyKey: string) {
    super(...base);
    this.idempotencyKey = idempotencyKey;
  }

  get write(): ReturnType<S['write']> {
    return this.calls.services.write(this.principal) as ReturnType<S['write']>;
  }
}
