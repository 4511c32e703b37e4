import type { AuditRecord } from '../observe/audit.js';
import type { Level } from '../state/bucket.js';
import type { Places } from './activity.js';
import { ToolError } from './error.js';

/** Whose calls are counted together. */
export type Layer = 'tenant' | 'agent' | 'tool' | 'budget';

/** What the rate limits say about one request. */
export interface Allowance {
  /** What each layer that is switched on has left. */
  readonly levels: ReadonlyMap<Layer, Level>;
  /** The first layer that has nothing left. */
  readonly refusedBy: Layer | undefined;
  /** Of the calls in the request, among those that may run at the same time. */
  readonly places: Places;
}

/** @throws {ToolError} class `rate_limit` */
export function assertAllowed(allowance: Allowance | undefined, record: Pick<AuditRecord, 'deny' | 'noteBudget'>): void {
  const { refusedBy, levels } = allowance ?? {};
  const budget = levels?.get('budget');
  if (budget) record.noteBudget(budget);
  const level = refusedBy && levels?.get(refusedBy);
  if (!level) return;
  if (refusedBy === 'budget') {
    record.deny('budget');
    throw overBudget(level);
  }
  record.deny('rate_limit', refusedBy);
  throw ToolError.rateLimit(`This ${refusedBy} has used up its ${level.limit} calls a minute.`, {
    hint: refusedBy === 'tool' ? 'Wait, or go on with another tool.' : 'Wait, and then make fewer calls: ask for more at once.',
    retryAfterSeconds: level.waitSeconds,
  });
}

const overBudget = ({ limit, remaining, waitSeconds }: Level): ToolError =>
  ToolError.rateLimit(`This costs more than what is left of the tenant's ${limit} units a day: ${remaining}.`, {
    hint: 'Wait, go on with a tool that costs less, or ask the operator for more: BUDGET_TENANT_PER_DAY.',
    retryAfterSeconds: waitSeconds,
  });

/** For `_meta` of a result: what is left, so that a caller can slow down by itself. */
export function budgetOf(allowance: Allowance | undefined): Record<string, unknown> | undefined {
  if (!allowance || allowance.levels.size === 0) return undefined;
  const budget = [...allowance.levels].map(([layer, { limit, remaining, resetSeconds }]) => [layer, { limit, remaining, reset_seconds: resetSeconds }]);
  return { 'mcp-gen/budget': Object.fromEntries(budget) };
}
