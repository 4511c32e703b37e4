import { describePrincipal } from '../observe/audit.js';
import type { Log, LogFields } from '../observe/log.js';
import type { Principal } from '../principal.js';
import type { Target } from './target.js';

/** An authorization decision outside of a call, which has a record of its own. */
export interface Decision {
  readonly decision: 'permit' | 'deny';
  /** A short code. */
  readonly reason: string;
  readonly scopes: readonly string[];
  /** Absent when nobody has been recognized. */
  readonly principal?: Principal;
  readonly target?: Target;
}

/** Writes one audit line per decision; no log level silences it. @param server - Facts about this process. */
export function createDecisionLog(log: Log, server: LogFields): (decision: Decision) => void {
  return ({ decision, reason, scopes, principal, target }) =>
    log.always('mcp.audit', {
      v: 1,
      correlation_id: crypto.randomUUID(),
      ...(principal && describePrincipal(principal)),
      method: target?.method ?? null,
      tool: target?.name ?? null,
      decision,
      decision_reason: reason,
      required_scopes: scopes.join(' '),
      phase: 'decision',
      status: decision === 'deny' ? 'denied' : 'ok',
      ...server,
    });
}
