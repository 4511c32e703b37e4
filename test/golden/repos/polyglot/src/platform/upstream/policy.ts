import {
  BrokenCircuitError,
  bulkhead,
  BulkheadRejectedError,
  circuitBreaker,
  CircuitState,
  CountBreaker,
  ExponentialBackoff,
  fullJitterGenerator,
  handleWhen,
  type IBackoffFactory,
  type IPolicy,
  retry,
  wrap,
} from 'cockatiel';
import { ToolError } from '../call/error.js';
import type { Log } from '../observe/log.js';

/** Milliseconds that an API which fails is left alone before one request may try it; doubled each time that fails as well. */
const REST_MS = { first: 1_000, most: 5_000 } as const;

/** It is left alone when more than half of its last answers were failures. */
const WINDOW = { threshold: 0.5, size: 20, minimumNumberOfCalls: 10 } as const;

/** Attempts after the first. */
const MAX_REPEATS = 2;

/** Milliseconds before them: random, out of a time that doubles. */
const PAUSES = { initialDelay: 200, maxDelay: 2_000, generator: fullJitterGenerator } as const;

/** The rules for everything that goes to one API. */
export interface Policy {
  /** @param mayRepeat - Whether a second request would do no harm. */
  fetch(mayRepeat: boolean, signal: AbortSignal, attempt: (signal: AbortSignal) => Promise<Response>): Promise<Response>;
  run<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface PolicyOptions {
  readonly name: string;
  readonly timeoutMs: number;
  readonly maxConcurrent: number;
  readonly log: Log;
}

/** Repeats, leaves alone what fails, lets only so many through at once, and ends what takes too long. */
export function createPolicy({ name, timeoutMs, maxConcurrent, log }: PolicyOptions): Policy {
  const failures = handleWhen(isFailure).orWhenResult(isFailing);
  let restUntil = 0;
  // Not a number of milliseconds: cockatiel would count them on the wall clock, which may be set back meanwhile.
  const halfOpenAfter: IBackoffFactory<{ readonly attempt: number }> = {
    next({ attempt }) {
      restUntil = performance.now() + Math.min(REST_MS.first * 2 ** (attempt - 1), REST_MS.most);
      return { next: halfOpenAfter.next, get duration() { return performance.now() < restUntil ? Infinity : -Infinity; } };
    },
  };
  const breaker = circuitBreaker(failures, { halfOpenAfter, breaker: new CountBreaker(WINDOW) });
  breaker.onBreak(() => log.warn('upstream.failing', { upstream: name }));
  breaker.onReset(() => log.info('upstream.back', { upstream: name }));
  const once = wrap(breaker, bulkhead(maxConcurrent, maxConcurrent));
  const again = retry(handleWhen(isFailure).orWhenResult(isWorthRepeating), { maxAttempts: MAX_REPEATS, backoff: new ExponentialBackoff(PAUSES) });
  // An answer that nobody reads would hold its connection.
  again.onRetry((reason) => 'value' in reason && reason.value instanceof Response && void reason.value.body?.cancel());
  const repeatedly = wrap(again, once);

  const within = async <T>(policy: IPolicy, signal: AbortSignal, attempt: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      // Whoever comes while one tries would wait with it, however long that takes.
      if (breaker.state === CircuitState.HalfOpen) throw new BrokenCircuitError();
      return await policy.execute(() => attempt(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw explain(name, error, restUntil);
    }
  };
  return {
    fetch: (mayRepeat, signal, attempt) => within(mayRepeat ? repeatedly : once, signal, attempt),
    run: (signal, work) => within(once, signal, work),
  };
}

/** What says something about the API; not a refusal of our own, a call that has ended, or a tool that has given up. */
function isFailure(error: unknown): boolean {
  if (error instanceof BrokenCircuitError || error instanceof BulkheadRejectedError || error instanceof ToolError) return false;
  return !(error instanceof Error && ['CallCancelled', 'AbortError'].includes(error.name));
}

const isFailing = (result: unknown): boolean => result instanceof Response && (result.status >= 500 || result.status === 429);

/** Not where the API has said when to come back: that is for the caller to hear. */
const isWorthRepeating = (result: unknown): boolean => result instanceof Response && result.status >= 500 && !result.headers.has('retry-after');

function explain(name: string, error: unknown, restUntil: number): unknown {
  const wait = { retryAfterSeconds: REST_MS.most / 1_000 };
  if (error instanceof BrokenCircuitError) {
    const retryAfterSeconds = Math.max(1, Math.ceil((restUntil - performance.now()) / 1_000));
    return ToolError.transient(`${name} fails at the moment and is left alone.`, { retryAfterSeconds });
  }
  if (error instanceof BulkheadRejectedError) return ToolError.transient(`Too much is going to ${name} already.`, { retryAfterSeconds: 1 });
  if (error instanceof DOMException && error.name === 'TimeoutError') return ToolError.transient(`${name} did not answer in time.`, wait);
  // What fetch throws when there is no connection, or a broken one. Its text names addresses.
  return error instanceof TypeError ? ToolError.transient(`${name} cannot be reached.`, wait) : error;
}
