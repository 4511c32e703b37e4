import { type ServerContext, TRACEPARENT_META_KEY } from '@modelcontextprotocol/server';
import type { ErrorClass } from '../call/error.js';
import type { Caller } from '../call/context.js';
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
export function createAudit({ server, ...sinks }: AuditOptions): Audit {
  return ({ method, name, scopes }, { principal, peer }, request) => {
    const { clientName, protocolVersion } = peer();
    const isPermitted = missingScopes(principal, scopes).length === 0;
    const correlationId = crypto.randomUUID();
    sinks.telemetry?.note({ 'app.correlation_id': correlationId, 'app.tenant.id': principal.tenant, 'app.client.id': principal.agent.clientId });
    return new AuditRecord(sinks, principal.tenant, {
      v: 1,
      correlation_id: correlationId,
      ...(sinks.telemetry?.ids() ?? traceOf(request)),
      ...describePrincipal(principal),
      method,
      tool: name,
      decision: isPermitted ? 'permit' : 'deny',
      decision_reason: isPermitted ? principal.kind : 'scope',
      required_scopes: scopes.join(' '),
      protocol_version: protocolVersion,
      client_name: clientName?.slice(0, 100) ?? null,
      ...server,
    });
  };
}

/** The record of one call: who, what, with which outcome. Never arguments, results, tokens or the caller's keys. */
export class AuditRecord {
  readonly #started = performance.now();
  readonly #upstreamCalls = new Map<string, number>();

  constructor(
    private readonly sinks: Omit<AuditOptions, 'server'>,
    private readonly tenant: string,
    private readonly fields: Record<string, LogFields[string]> & { readonly correlation_id: string },
  ) {}

  get correlationId(): string {
    return this.fields.correlation_id;
  }

  /** Hashes the validated arguments; equal arguments of one tenant have equal hashes. */
  async hashArguments(args: unknown): Promise<Digest> {
    const canonical = canonicalJson(args);
    const hashed = await this.sinks.digest('arguments', this.tenant, canonical);
    Object.assign(this.fields, { args_hash: hashed.hash, args_hash_kid: hashed.keyId, args_bytes: canonical.length });
    return hashed;
  }

  /** @param key - The derived key, never the caller's. */
  noteIdempotency(outcome: 'executed' | 'replayed' | 'conflict', key: string): void {
    Object.assign(this.fields, { idempotency: outcome, idempotency_key_hash: key });
  }

  /** A request to an API of somebody else. @param credential - What this server has identified itself with there. */
  noteUpstream(name: string, credential: string | undefined): void {
    this.#upstreamCalls.set(name, (this.#upstreamCalls.get(name) ?? 0) + 1);
    const calls = [...this.#upstreamCalls].map(([upstream, count]) => `${upstream}:${count}`).join(' ');
    Object.assign(this.fields, { upstream_calls: calls, ...(credential && { downstream_token: credential }) });
  }

  get hasAskedUpstreams(): boolean {
    return this.#upstreamCalls.size > 0;
  }

  /** How the user of a destructive call was asked, and what came of it. */
  noteConfirmation(outcome: 'asked' | 'elicited' | 'token' | 'declined'): void {
    Object.assign(this.fields, { confirmation: outcome });
  }

  /** The caller only wanted to know what would be done. */
  noteDryRun(): void {
    Object.assign(this.fields, { dry_run: true });
  }

  /** The call gets no further. @param reason - A short code. */
  deny(reason: string): void {
    Object.assign(this.fields, { decision: 'deny', decision_reason: reason });
  }

  /** Write-ahead line of a destructive call, so that a crash still leaves a trace. */
  attempt(): void {
    this.sinks.log.always('mcp.audit', { ...this.fields, phase: 'attempt' });
    this.sinks.log.flush();
  }

  end({ status, errorClass = null, completeness = null }: AuditOutcome): void {
    const duration = Math.round((performance.now() - this.#started) * 100) / 100;
    const isDenied = this.fields['decision'] === 'deny';
    const outcome = { phase: 'outcome', status: isDenied ? 'denied' : status, error_class: errorClass, completeness, duration_ms: duration };
    this.sinks.log.always('mcp.audit', Object.assign(this.fields, outcome));
    const { idempotency } = this.fields;
    this.sinks.telemetry?.note({
      ...(errorClass !== null && { 'error.type': errorClass }),
      ...(completeness !== null && { 'app.result.completeness': completeness }),
      ...(typeof idempotency === 'string' && { 'app.idempotency.outcome': idempotency }),
    });
  }
}

/** W3C Trace Context, section 3.2.2. */
function traceOf(request: ServerContext | undefined): LogFields {
  const parent: unknown = request?.mcpReq._meta?.[TRACEPARENT_META_KEY];
  const [, traceId, spanId] = (typeof parent === 'string' && /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(parent)) || [];
  return traceId !== undefined && spanId !== undefined ? { trace_id: traceId, span_id: spanId } : {};
}
