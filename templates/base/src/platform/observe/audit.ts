import { type ServerContext, TRACEPARENT_META_KEY } from '@modelcontextprotocol/server';
import type { ErrorClass } from '../call/error.js';
import type { Caller } from '../call/context.js';
import { canonicalJson } from './canonical.js';
import type { Digest, Digester } from './digest.js';
import type { Log, LogFields } from './log.js';

/** How a call ended. */
export type AuditStatus = 'ok' | 'tool_error' | 'protocol_error' | 'cancelled' | 'timeout';

/** What is known when a call ends. */
export interface AuditOutcome {
  readonly status: AuditStatus;
  readonly errorClass?: ErrorClass;
  readonly completeness?: string;
}

/** What is called. */
export interface AuditTarget {
  readonly method: 'tools/call' | 'resources/read' | 'prompts/get';
  readonly name: string;
  readonly scopes: readonly string[];
}

/** The record of one call: who, what, with which outcome. Never arguments, results, tokens or the caller's keys. */
export interface AuditRecord {
  readonly correlationId: string;
  /** Hashes the validated arguments; equal arguments of one tenant have equal hashes. */
  hashArguments(args: unknown): Promise<Digest>;
  /** @param outcome - `replayed`, `executed`; @param key - The derived key. */
  noteIdempotency(outcome: 'executed' | 'replayed' | 'conflict', key: string): void;
  /** Write-ahead line of a destructive call, so that a crash still leaves a trace. */
  attempt(): void;
  end(outcome: AuditOutcome): void;
}

/** Opens a record when a call arrives. */
export type Audit = (target: AuditTarget, caller: Caller, request: ServerContext | undefined) => AuditRecord;

export interface AuditOptions {
  readonly log: Log;
  readonly digest: Digester;
  readonly transport: string;
  readonly serverVersion: string;
}

/** One JSON line per call on the log stream; no log level silences it. */
export function createAudit({ log, digest, transport, serverVersion }: AuditOptions): Audit {
  const instance = crypto.randomUUID();
  return ({ method, name, scopes }, { principal, peer }, request) => {
    const correlationId = crypto.randomUUID();
    const started = performance.now();
    const { clientName, protocolVersion } = peer();
    let fields: LogFields = {
      v: 1,
      correlation_id: correlationId,
      ...traceOf(request),
      tenant_id: principal.tenant,
      user_id: principal.user ?? null,
      agent_id: principal.client,
      auth_kind: principal.kind,
      method,
      tool: name,
      decision: 'permit',
      decision_reason: principal.kind,
      required_scopes: scopes.join(' '),
      transport,
      protocol_version: protocolVersion,
      client_name: clientName?.slice(0, 100) ?? null,
      server_version: serverVersion,
      instance,
    };
    return {
      correlationId,
      async hashArguments(args) {
        const canonical = canonicalJson(args);
        const hashed = await digest('arguments', principal.tenant, canonical);
        fields = { ...fields, args_hash: hashed.hash, args_hash_kid: hashed.keyId, args_bytes: canonical.length };
        return hashed;
      },
      noteIdempotency(outcome, key) {
        fields = { ...fields, idempotency: outcome, idempotency_key_hash: key };
      },
      attempt: () => log.always('mcp.audit', { ...fields, phase: 'attempt' }),
      end({ status, errorClass, completeness }) {
        const duration = Math.round((performance.now() - started) * 100) / 100;
        const outcome = { status, error_class: errorClass ?? null, completeness: completeness ?? null, duration_ms: duration };
        log.always('mcp.audit', { ...fields, phase: 'outcome', ...outcome });
      },
    };
  };
}

/** W3C Trace Context, section 3.2.2. */
function traceOf(request: ServerContext | undefined): LogFields {
  const parent: unknown = request?.mcpReq._meta?.[TRACEPARENT_META_KEY];
  const [, traceId, spanId] = (typeof parent === 'string' && /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/.exec(parent)) || [];
  return traceId !== undefined && spanId !== undefined ? { trace_id: traceId, span_id: spanId } : {};
}
