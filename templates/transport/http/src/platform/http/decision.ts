import type { Layer } from '../call/allowance.js';
import type { ErrorClass } from '../call/error.js';
import { describePrincipal } from '../observe/audit.js';
import type { Principal } from '../principal.js';
import type { Runtime } from '../runtime.js';

/** A decision about a request, or about a call that gets no further: calls that run leave a record of their own. */
export interface Decision {
  readonly decision: 'permit' | 'deny';
  /** A short code. */
  readonly reason: string;
  readonly errorClass?: ErrorClass;
  /** Whose calls were too many. */
  readonly limitedBy?: Layer | undefined;
  readonly scopes?: readonly string[];
  /** Absent when nobody has been recognized. */
  readonly principal?: Principal | undefined;
  readonly target?: { readonly method: string; readonly name?: string | undefined } | undefined;
}

/** Writes one audit line per decision; no log level silences it. @returns the correlation id of the line, for the answer */
export type Decide = (decision: Decision) => string;

export function createDecisionLog({ log, server }: Pick<Runtime, 'log' | 'server'>): Decide {
  return ({ decision, reason, errorClass = null, limitedBy, scopes = [], principal, target }) => {
    const correlationId = crypto.randomUUID();
    log.always('mcp.audit', {
      v: 1,
      correlation_id: correlationId,
      ...(principal && describePrincipal(principal)),
      method: target?.method ?? null,
      tool: target?.name ?? null,
      decision,
      decision_reason: reason,
      limited_by: limitedBy,
      required_scopes: scopes.join(' '),
      phase: 'decision',
      status: decision === 'deny' ? 'denied' : 'ok',
      error_class: errorClass,
      ...server,
    });
    return correlationId;
  };
}
