import type { AuditRecord } from '../observe/audit.js';
import { namesOf, type Principal } from '../principal.js';
import { Recent } from '../state/recent.js';
import { ToolError } from './error.js';

/** How often one caller may repeat the same call in a minute, and how often it may fail. */
const MOST = { calls: 30, failures: 5 } as const;

const WINDOW_MS = 60_000;

/** Calls that are remembered at least; the oldest go first. */
const REMEMBERED = 5_000;

/** Stops an agent that repeats itself. */
export interface LoopGuard {
  /**
   * Counts a call. @param about - The tool and a hash of its arguments. @returns what to tell when it has failed.
   *
   * @throws {ToolError} class `rate_limit` when the caller goes round in circles.
   */
  enter(principal: Principal, about: string, record: Pick<AuditRecord, 'deny'>): { failed(): void };
}

/** Counts in this process: a loop that is spread over instances is slower, and the rate limits see all of it. */
export function createLoopGuard(now = (): number => performance.now()): LoopGuard {
  const seen = new Recent<{ since: number; calls: number; failures: number; failed(): void }>(REMEMBERED);
  return {
    enter(principal, about, record) {
      const key = JSON.stringify([...namesOf(principal), about]);
      const time = now();
      let one = seen.get(key);
      if (!one || time - one.since >= WINDOW_MS) {
        one = { since: time, calls: 0, failures: 0, failed() { this.failures++; } };
        seen.set(key, one);
      }
      const retryAfterSeconds = Math.ceil((one.since + WINDOW_MS - time) / 1_000);
      if (one.failures >= MOST.failures || one.calls >= MOST.calls) record.deny('loop');
      if (one.failures >= MOST.failures) throw circling(`has failed ${MOST.failures} times`, 'Read its errors and change the arguments, or take another approach.', retryAfterSeconds);
      if (one.calls >= MOST.calls) throw circling(`was made ${MOST.calls} times`, 'Use the result you have, or take another approach.', retryAfterSeconds);
      one.calls++;
      return one;
    },
  };
}

const circling = (what: string, hint: string, retryAfterSeconds: number): ToolError =>
  ToolError.rateLimit(`This same call ${what} within a minute.`, { hint, retryAfterSeconds, retryable: false });
