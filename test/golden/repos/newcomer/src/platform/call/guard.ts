import { ProtocolError, ProtocolErrorCode, type ServerContext } from '@modelcontextprotocol/server';
import type { ServicesShape } from '../define/context.js';
import type { AuditTarget } from '../observe/audit.js';
import { assertAllowed } from './allowance.js';
import { CallContext, type CallDependencies, type Caller } from './context.js';
import { Deadline } from './deadline.js';
import { assertScopes } from './error.js';
import { explainFailure } from './failure.js';
import { withoutHiddenText } from './plain_text.js';

/** What a guarded read needs to know. */
export interface Guard<S extends ServicesShape> {
  readonly caller: Caller;
  readonly calls: CallDependencies<S>;
  readonly timeoutMs: number;
  readonly target: AuditTarget;
}

/**
 * Runs the handler of a resource, a prompt, a list or a completion. These have
 * no `isError`: a failure is a JSON-RPC error, -32602 for what the client can
 * correct and -32603 for the rest, with the error object in `data`.
 *
 * @param request - The SDK hands none to completions.
 * @param args - Given where data is read: such calls leave an audit record.
 */
export async function guarded<S extends ServicesShape, T>(
  { caller, calls, timeoutMs, target }: Guard<S>,
  request: ServerContext | undefined,
  work: (context: CallContext<S>) => Promise<T>,
  args?: unknown,
): Promise<T> {
  const record = calls.audit(target, caller, request);
  const deadline = new Deadline(timeoutMs, request?.mcpReq.signal);
  const context = new CallContext({ calls, caller, record, deadline, request, dryRun: undefined, name: target.name, arguments: args, about: target.name });
  try {
    assertScopes(caller.principal, target.scopes);
    assertAllowed(caller.allowance, record);
    if (args !== undefined) await record.hashArguments(args);
    caller.allowance?.places.take();
    const value = await calls.activity.during(() => deadline.limit(() => work(context)), caller.principal.tenant);
    if (args !== undefined) record.end({ status: 'ok', completeness: 'complete' });
    return context.hasAskedUpstreams ? withoutHiddenText(value) : value;
  } catch (thrown) {
    const { body, status } = explainFailure(thrown, record, calls.log, 'protocol_error');
    if (args !== undefined) record.end({ status, errorClass: body.error_class });
    const clientsFault = body.error_class === 'validation' || body.error_class === 'not_found';
    throw new ProtocolError(clientsFault ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError, body.message, body);
  }
}
