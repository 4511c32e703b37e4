import { ProtocolError, ProtocolErrorCode, type ServerContext } from '@modelcontextprotocol/server';
import type { ReadContext, ServicesShape } from '../define/context.js';
import type { AuditTarget } from '../observe/audit.js';
import { type CallDependencies, type Caller, contextFor } from './context.js';
import { withDeadline } from './deadline.js';
import { type ErrorBody, toErrorBody } from './error.js';
import { statusOf } from './pipeline.js';

/** What a guarded read needs to know. */
export interface Guard<S extends ServicesShape> {
  readonly caller: Caller;
  readonly calls: CallDependencies<S>;
  readonly timeoutMs: number;
}

const NEVER = new AbortController().signal;

/**
 * Runs the handler of a resource or a prompt and audits it. These have no
 * `isError`: a failure is a JSON-RPC error, -32602 for what the client can
 * correct and -32603 for the rest, with the error object in `data`.
 */
export async function guardedRead<S extends ServicesShape, T>(
  target: AuditTarget,
  guard: Guard<S>,
  request: ServerContext,
  args: unknown,
  work: (context: ReadContext<S>) => Promise<T>,
): Promise<T> {
  const record = guard.calls.audit(target, guard.caller, request);
  try {
    await record.hashArguments(args);
    const value = await bounded(guard, request, record.correlationId, work);
    record.end({ status: 'ok', completeness: 'complete' });
    return value;
  } catch (error) {
    const body = toErrorBody(error, record.correlationId);
    record.end({ status: statusOf(error, 'protocol_error'), errorClass: body.error_class });
    throw report(error, body, guard, `${target.method} ${target.name}`);
  }
}

/** The same for lists and completions, which are not audited. @param request - The SDK hands none to completions. */
export async function guardedList<S extends ServicesShape, T>(
  what: string,
  guard: Guard<S>,
  request: ServerContext | undefined,
  work: (context: ReadContext<S>) => Promise<T>,
): Promise<T> {
  const correlationId = crypto.randomUUID();
  try {
    return await bounded(guard, request, correlationId, work);
  } catch (error) {
    throw report(error, toErrorBody(error, correlationId), guard, what);
  }
}

function bounded<S extends ServicesShape, T>(
  { caller, calls, timeoutMs }: Guard<S>,
  request: ServerContext | undefined,
  correlationId: string,
  work: (context: ReadContext<S>) => Promise<T>,
): Promise<T> {
  return calls.activity.during(() =>
    withDeadline(timeoutMs, request?.mcpReq.signal ?? NEVER, (signal) =>
      work(contextFor(calls, caller, request, signal, correlationId)),
    ),
  );
}

function report<S extends ServicesShape>(error: unknown, body: ErrorBody, { calls }: Guard<S>, what: string): ProtocolError {
  if (body.error_class === 'internal') calls.log.failure('read.failed', error, { what, correlation_id: body.correlation_id });
  const clientsFault = body.error_class === 'validation' || body.error_class === 'not_found';
  return new ProtocolError(clientsFault ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError, body.message, body);
}
