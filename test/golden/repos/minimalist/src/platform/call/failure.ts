import type { AuditRecord, AuditStatus } from '../observe/audit.js';
import type { Log } from '../observe/log.js';
import { CallCancelled, DeadlinePassed } from './deadline.js';
import { type ErrorBody, toErrorBody } from './error.js';

/** What a failure means to the client and to the audit. */
export interface Failure {
  readonly body: ErrorBody;
  readonly status: AuditStatus;
}

/**
 * Explains a failure, and logs one that nobody expected. Never throws, whatever was thrown.
 *
 * @param otherwise - The status of a call that was neither cancelled nor too slow.
 */
export function explainFailure(thrown: unknown, { correlationId }: AuditRecord, log: Log, otherwise: AuditStatus): Failure {
  const error = tangible(thrown);
  const body = toErrorBody(error, correlationId);
  if (error instanceof CallCancelled) return { body, status: 'cancelled' };
  if (body.error_class === 'internal') {
    log.failure(otherwise === 'tool_error' ? 'tool.failed' : 'read.failed', error, { correlation_id: correlationId });
  }
  return { body, status: error instanceof DeadlinePassed ? 'timeout' : otherwise };
}

/** A proxy can throw at the first touch, `instanceof` included, and what it says then may be a secret. */
function tangible(thrown: unknown): unknown {
  try {
    return thrown instanceof Error ? thrown : undefined;
  } catch {
    return undefined;
  }
}
