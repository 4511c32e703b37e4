import { type ServerContext, TRACEPARENT_META_KEY } from '@modelcontextprotocol/server';
import type { Layer } from '../call/allowance.js';
import type { ErrorClass } from '../call/error.js';
import type { Caller, Peer } from '../call/context.js';
import { missingScopes, type Principal } from '../principal.js';
import { canonicalJson } from './canonical.js';
import type { Digest, Digester } from './digest.js';
import type { Log, LogFields } from './log.js';
import type { Telemetry } from './telemetry.js';

/** How a call ended. */
export type AuditStatus = 'ok' | 'tool_error' | 'protocol_error' | 'denied' | 'cancelled' | 'timeout';

/** What is known when a call ends. */
export interface AuditOutcome {
  readonly status: AuditStatus;
  readonly errorClass?: ErrorClass | null;
  readonly completeness?: string | null;
}

/** What is called. */
export interface AuditTarget {
  readonly method: 'tools/call' | 'resources/read' | 'prompts/get';
  readonly name: string;
  readonly scopes: readonly string[];
}

/** Opens a record when a call arrives. */
export type Audit = (target: AuditTarget, caller: Caller, request: ServerContext | undefined) => AuditRecord;

export interface AuditOptions {
  readonly log: Log;
  readonly digest: Digester;
  readonly telemetry: Telemetry | undefined;
  /** Facts about this process, for every record. */
  readonly server: LogFields;
}

/** Says who is calling: user and agent apart. */
export function describePrincipal({ kind, tenant, user, agent, token }: Principal): LogFields {
  return {
    tenant_id: tenant,
    user_id: user?.subject ?? null,
    user_issuer: user?.issuer ?? null,
    agent_id: agent.clientId,
    actor: agent.actor ?? null,
    auth_kind: kind,
    token_id: token?.id ?? null,
  };
}

/** One JSON line per call on the log stream; no log level silences it. */
export function createAudit({ server, log, digest, telemetry }: AuditOptions): Audit {
  const sinks = { log: log.with({ v: 1, ...server }), digest, telemetry };
  return (target, caller, request) => new AuditRecord(sinks, target, caller, request);
}

/** The record of one call: who, what, with which outcome. Never arguments, results, tokens or the caller's keys. */
export class AuditRecord {
  readonly correlationId = crypto.randomUUID();
  readonly #started = performance.now();
  readonly #upstreamCalls = new Map<string, number>();
  readonly #peer: Peer;
  readonly #trace: LogFields;
  #decision: { readonly decision: 'permit' | 'deny'; readonly decision_reason: string };
  #hashed: LogFields | undefined;
  #noted: LogFields = {};

  constructor(
    private readonly sinks: Omit<AuditOptions, 'server'>,
    private readonly target: AuditTarget,
    private readonly caller: Caller,
    request: ServerContext | undefined,
  ) {
    const { principal } = caller;
    // A connection that is closed no longer knows.
    this.#peer = caller.peer();
    const isPermitted = missingScopes(principal, target.scopes).length === 0;
    this.#decision = { decision: isPermitted ? 'permit' : 'deny', decision_reason: isPermitted ? principal.kind : 'scope' };
    sinks.telemetry?.note({ 'app.correlation_id': this.correlationId, 'app.tenant.id': principal.tenant, 'app.client.id': principal.agent.clientId });
    this.#trace = sinks.telemetry?.ids() ?? traceOf(request);
  }

  /** Hashes the validated arguments; equal arguments of one tenant have equal hashes. */
  async hashArguments(args: unknown): Promise<Digest> {
    const canonical = canonicalJson(args);
    const hashed = await this.sinks.digest('arguments', this.caller.principal.tenant, canonical);
    this.#hashed = { args_hash: hashed.hash, args_hash_kid: hashed.keyId, args_bytes: canonical.length };
    return hashed;
  }

  /** @param key - The derived key, never the caller's. */
  noteIdempotency(outcome: 'executed' | 'replayed' | 'conflict', key: string): void {
    this.#note({ idempotency: outcome, idempotency_key_hash: key });
  }

  /**
   * Requests to an API of somebody else: none yet when a call needs it, since it may be left alone.
   *
   * @param credential - What this server has identified itself with there.
   */
  noteUpstream(name: string, requests: 0 | 1, credential?: string): void {
    this.#upstreamCalls.set(name, (this.#upstreamCalls.get(name) ?? 0) + requests);
    const calls = [...this.#upstreamCalls].map(([upstream, count]) => `${upstream}:${count}`).join(' ');
    this.#note({ upstream_calls: calls, ...(credential && { downstream_token: credential }) });
  }

  get hasAskedUpstreams(): boolean {
    return this.#upstreamCalls.size > 0;
  }

  /** How the user of a destructive call was asked, and what came of it. */
  noteConfirmation(outcome: 'asked' | 'elicited' | 'token' | 'declined'): void {
    this.#note({ confirmation: outcome });
  }

  /** The caller only wanted to know what would be done. */
  noteDryRun(): void {
    this.#note({ dry_run: true });
  }

  /** What the tenant's budget has left after this call: the last record of a tenant tells how far it has got. */
  noteBudget({ limit, remaining }: { readonly limit: number; readonly remaining: number }): void {
    this.#note({ budget_limit: limit, budget_remaining: remaining });
  }

  /** The call gets no further. @param reason - A short code. @param limitedBy - Whose calls were too many. */
  deny(reason: string, limitedBy?: Layer): void {
    this.#decision = { decision: 'deny', decision_reason: reason };
    if (limitedBy) this.#note({ limited_by: limitedBy });
  }

  /** Write-ahead line of a destructive call, so that a crash still leaves a trace. */
  attempt(): void {
    this.#write({ phase: 'attempt' });
    this.sinks.log.flush();
  }

  end({ status, errorClass = null, completeness = null }: AuditOutcome): void {
    const duration = Math.round((performance.now() - this.#started) * 100) / 100;
    const isDenied = this.#decision.decision === 'deny';
    this.#write({ phase: 'outcome', status: isDenied ? 'denied' : status, error_class: errorClass, completeness, duration_ms: duration });
    const { idempotency } = this.#noted;
    this.sinks.telemetry?.note({
      ...(errorClass !== null && { 'error.type': errorClass }),
      ...(completeness !== null && { 'app.result.completeness': completeness }),
      ...(typeof idempotency === 'string' && { 'app.idempotency.outcome': idempotency }),
    });
  }

  #note(facts: LogFields): void {
    this.#noted = { ...this.#noted, ...facts };
  }

  #write(phase: LogFields): void {
    const { method, name, scopes } = this.target;
    const { clientName, protocolVersion } = this.#peer;
    this.sinks.log.always('mcp.audit', {
      correlation_id: this.correlationId,
      ...this.#trace,
      ...describePrincipal(this.caller.principal),
      method,
      tool: name,
      ...this.#decision,
      required_scopes: scopes.join(' '),
      protocol_version: protocolVersion,
      client_name: clientName?.slice(0, 100) ?? null,
      ...this.#hashed,
      ...this.#noted,
      ...phase,
    });
  }
}

/** W3C Trace Context, section 3.2.2. */
function traceOf(request: ServerContext | undefined): LogFields {
  const parent: unknown = request?.mcpReq._meta?.[TRACEPARENT_META_KEY];
  const [, traceId, spanId] = (typeof parent === 'string' && /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(parent)) || [];
  return traceId !== undefined && spanId !== undefined ? { trace_id: traceId, span_id: spanId } : {};
}
