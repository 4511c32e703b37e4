import type { ServerContext } from '@modelcontextprotocol/server';
import type * as z from 'zod';
import type { ReadContext, ServicesShape, WriteContext } from '../define/context.js';
import type { Audit, AuditRecord } from '../observe/audit.js';
import { canonicalJson } from '../observe/canonical.js';
import type { Log } from '../observe/log.js';
import type { Signer } from '../observe/signature.js';
import type { Principal } from '../principal.js';
import type { RequestState } from '../server/request_state.js';
import type { Handles } from '../state/handles.js';
import type { Upstream, UpstreamOf } from '../upstream/upstream.js';
import type { Activity } from './activity.js';
import type { Allowance } from './allowance.js';
import { beforeCalls } from './before_calls.js';
import type { Confirm } from './confirmation.js';
import { createCursors, type Cursors } from './cursor.js';
import type { Deadline } from './deadline.js';
import { Dialogue } from './dialogue.js';
import type { DryRun } from './dry_run.js';
import type { OpenOperation } from './idempotency.js';
import type { LoopGuard } from './loop_guard.js';

/** What calls need, made once per process. */
export interface CallDependencies<S extends ServicesShape> {
  readonly services: S;
  readonly log: Log;
  readonly audit: Audit;
  readonly openOperation: OpenOperation;
  readonly confirm: Confirm;
  readonly cursorSigner: Signer;
  readonly handlesOf: (principal: Principal) => Handles;
  readonly upstreamOf: UpstreamOf;
  /** Whether a call may have an effect that leaves no record. */
  readonly mayActUnseen: boolean;
  readonly activity: Activity;
  /** Whether results say how long each step took. */
  readonly tellsSteps: boolean;
  /** Absent where nobody is stopped. */
  readonly loopGuard: LoopGuard | undefined;
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
  readonly requestState: RequestState;
  /** Absent where nothing is counted. */
  readonly allowance: Allowance | undefined;
  peer(): Peer;
  /** Whether the client has said that it can ask its user. */
  canElicit(request: ServerContext): boolean;
}

/** One request as the platform sees it while its handler runs. */
export interface Call<S extends ServicesShape> {
  readonly calls: CallDependencies<S>;
  readonly caller: Caller;
  readonly record: AuditRecord;
  readonly deadline: Deadline;
  /** Absent where the call is meant. */
  readonly dryRun: DryRun | undefined;
  /** Absent where the SDK hands none. */
  readonly request: ServerContext | undefined;
  readonly name: string;
  /** Validated, without the platform's own. */
  readonly arguments: unknown;
  /** The tool and a hash of its arguments; the name of anything else. */
  readonly about: string;
}

/** What a handler sees of one call. Getters, because most handlers use one or two of these. */
export class CallContext<S extends ServicesShape> implements ReadContext<S> {
  #lastProgress = -Infinity;
  #dialogue: Dialogue | undefined;
  #hasMore = false;

  constructor(protected readonly call: Call<S>) {}

  get principal(): Principal {
    return this.call.caller.principal;
  }

  get correlationId(): string {
    return this.call.record.correlationId;
  }

  get read(): ReturnType<S['read']> {
    return this.call.calls.services.read(this.principal) as ReturnType<S['read']>;
  }

  get signal(): AbortSignal {
    return this.call.deadline.signal;
  }

  get log(): Log {
    return this.call.calls.log.with({ correlation_id: this.correlationId });
  }

  get upstream(): (name: string) => Upstream {
    const { calls, dryRun } = this.call;
    return (name) => {
      const upstream = calls.upstreamOf(name, this.call);
      return dryRun?.guard(name, upstream) ?? upstream;
    };
  }

  /** Whether text of somebody else may be in what the handler returns. */
  get hasAskedUpstreams(): boolean {
    return this.call.record.hasAskedUpstreams;
  }

  get state(): Handles {
    return this.call.calls.handlesOf(this.principal);
  }

  get cursors(): Cursors {
    const { name, arguments: args, calls } = this.call;
    const list = canonicalJson({ ...Object(args), cursor: undefined, limit: undefined });
    const { read, write } = createCursors(calls.cursorSigner, this.principal.tenant, `${name} ${list}`);
    return {
      read,
      write: (position) => {
        this.#hasMore ||= position !== undefined;
        return write(position);
      },
    };
  }

  /** Whether the handler has told where a list goes on. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** @throws where no request is at hand. */
  get dialogue(): Dialogue {
    const { request, caller, about } = this.call;
    if (!request) throw new Error('There is no request here whose user could be asked.');
    return (this.#dialogue ??= new Dialogue(about, request, caller.requestState, caller.canElicit(request)));
  }

  readonly ask = async <T extends z.ZodObject>(schema: T, message = schema.description): Promise<z.output<T>> => {
    this.beforeAsking();
    return this.dialogue.ask(schema, message ?? 'Please answer.');
  };

  protected beforeAsking(): void {}

  /** Progress goes up, belongs to this request and ends with it (2026-07-28, basic/patterns/progress). */
  readonly progress = async (done: number, total?: number, message?: string): Promise<void> => {
    const { request, deadline } = this.call;
    const progressToken = request?.mcpReq._meta?.progressToken;
    if (!request || progressToken === undefined || done <= this.#lastProgress || deadline.isOver) return;
    this.#lastProgress = done;
    const details = { ...(total !== undefined && { total }), ...(message !== undefined && { message }) };
    const params = { progressToken, progress: done, ...details };
    await request.mcpReq.notify({ method: 'notifications/progress', params });
  };

  /** The same call, allowed to have an effect. */
  forWriting(idempotencyKey: string): WriteContext<S> {
    return new WritingContext(this.call, this, idempotencyKey);
  }
}

class WritingContext<S extends ServicesShape> extends CallContext<S> implements WriteContext<S> {
  #hasWritten = false;

  constructor(
    call: Call<S>,
    private readonly base: CallContext<S>,
    readonly idempotencyKey: string,
  ) {
    super(call);
  }

  get dryRun(): boolean {
    return this.call.dryRun !== undefined;
  }

  get write(): ReturnType<S['write']> {
    const write = this.call.calls.services.write(this.principal) as ReturnType<S['write']>;
    return beforeCalls(write, (method) => {
      this.call.dryRun?.hold(method);
      this.#hasWritten = true;
    });
  }

  override get cursors(): Cursors {
    return this.base.cursors;
  }

  /** One for the whole call, so that its questions are counted together. */
  override get dialogue(): Dialogue {
    return this.base.dialogue;
  }

  protected override beforeAsking(): void {
    // The handler runs again when the answer is there, and would write again.
    if (this.#hasWritten) throw new Error('A tool has to ask before it writes.');
  }
}
