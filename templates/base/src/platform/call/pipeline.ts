import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import type { ServicesShape } from '../define/context.js';
import type { Tool } from '../define/tool.js';
import type { AuditRecord, AuditStatus } from '../observe/audit.js';
import { type CallDependencies, type Caller, contextFor } from './context.js';
import { CallCancelled, DeadlinePassed, withDeadline } from './deadline.js';
import { toErrorBody, ToolError } from './error.js';
import type { Operation } from './idempotency.js';
import { completenessOf, toErrorResult } from './result.js';

/** How much longer than its deadline a call may hold its idempotency key, in milliseconds. */
const LEASE_MARGIN_MS = 5_000;

/**
 * Runs one tool call through every guard, in this order: schema, idempotency
 * look-up, check, claim, deadline, run, output schema, audit. Never throws.
 */
export async function callTool<S extends ServicesShape>(
  tool: Tool<S>,
  rawArguments: unknown,
  caller: Caller,
  request: ServerContext,
  calls: CallDependencies<S>,
): Promise<CallToolResult> {
  const record = calls.audit({ method: 'tools/call', name: tool.name, scopes: tool.scopes }, caller, request);
  try {
    const result = await calls.activity.during(() => run(tool, rawArguments, caller, request, calls, record));
    record.end({ status: 'ok', completeness: completenessOf(result) });
    return result;
  } catch (error) {
    const { correlationId } = record;
    const body = toErrorBody(error, correlationId);
    if (body.error_class === 'internal' && !(error instanceof CallCancelled)) {
      calls.log.failure('tool.failed', error, { tool: tool.name, correlation_id: correlationId });
    }
    record.end({ status: statusOf(error, 'tool_error'), errorClass: body.error_class });
    return toErrorResult(body, caller.era);
  }
}

async function run<S extends ServicesShape>(
  tool: Tool<S>,
  rawArguments: unknown,
  caller: Caller,
  request: ServerContext,
  calls: CallDependencies<S>,
  record: AuditRecord,
): Promise<CallToolResult> {
  const { principal } = caller;
  const invocation = tool.prepare(rawArguments);
  const { hash } = await record.hashArguments(invocation.arguments);
  const { idempotencyKey } = invocation;
  const operation =
    idempotencyKey === undefined ? undefined : await calls.openOperation(principal, tool.name, idempotencyKey, hash);
  const earlier = await operation?.lookUp().catch(noteConflict(record, operation));
  if (operation && earlier) {
    record.noteIdempotency('replayed', operation.key);
    return earlier;
  }
  return withDeadline(tool.timeoutMs, request.mcpReq.signal, async (signal) => {
    const context = contextFor(calls, caller, request, signal, record.correlationId);
    await invocation.check(context);
    // The answer has been given: nothing may take effect after it.
    signal.throwIfAborted();
    await operation?.claim(tool.timeoutMs + LEASE_MARGIN_MS).catch(noteConflict(record, operation));
    if (operation) record.noteIdempotency('executed', operation.key);
    if (tool.effect === 'destructive') record.attempt();
    const work = invocation.run({
      ...context,
      write: calls.services.write(principal) as ReturnType<S['write']>,
      idempotencyKey: operation?.key ?? hash,
    });
    return operation ? operation.settle(work) : work;
  });
}

function noteConflict(record: AuditRecord, { key }: Operation) {
  return (error: unknown): never => {
    if (error instanceof ToolError) record.noteIdempotency('conflict', key);
    throw error;
  };
}

/** The audit status of a failure. */
export function statusOf(error: unknown, otherwise: AuditStatus): AuditStatus {
  if (error instanceof CallCancelled) return 'cancelled';
  return error instanceof DeadlinePassed ? 'timeout' : otherwise;
}
