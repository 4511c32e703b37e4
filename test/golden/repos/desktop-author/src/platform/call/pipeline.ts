import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import type { ServicesShape } from '../define/context.js';
import type { Tool } from '../define/tool.js';
import type { AuditRecord } from '../observe/audit.js';
import { CallContext, type CallDependencies, type Caller } from './context.js';
import { Deadline } from './deadline.js';
import { assertScopes, ToolError } from './error.js';
import { explainFailure } from './failure.js';
import type { Operation } from './idempotency.js';
import { completenessOf, toErrorResult } from './result.js';

/** How much longer than its deadline a call may hold its idempotency key, in milliseconds. */
const LEASE_MARGIN_MS = 5_000;

/**
 * Runs one tool call through every guard, in this order: scopes, schema,
 * idempotency look-up, check, claim, deadline, run, output schema, audit. Never throws.
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
  } catch (thrown) {
    const { body, status } = explainFailure(thrown, record, calls.log, 'tool_error');
    record.end({ status, errorClass: body.error_class });
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
  assertScopes(principal, tool.scopes);
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
  const deadline = new Deadline(tool.timeoutMs, request.mcpReq.signal);
  const context = new CallContext(calls, principal, record.correlationId, deadline, request);
  return deadline.limit(async () => {
    await invocation.check(context);
    // Once the answer is given, nothing may take effect.
    deadline.throwIfOver();
    await operation?.claim(tool.timeoutMs + LEASE_MARGIN_MS).catch(noteConflict(record, operation));
    if (operation) record.noteIdempotency('executed', operation.key);
    if (tool.effect === 'destructive') record.attempt();
    const work = invocation.run(context, operation?.key ?? hash);
    return operation ? operation.settle(work) : work;
  });
}

function noteConflict(record: AuditRecord, { key }: Operation) {
  return (error: unknown): never => {
    if (error instanceof ToolError) record.noteIdempotency('conflict', key);
    throw error;
  };
}
