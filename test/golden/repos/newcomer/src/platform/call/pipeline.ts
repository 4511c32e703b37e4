import type { CallToolResult, InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import type { ServicesShape } from '../define/context.js';
import type { Tool } from '../define/tool.js';
import type { AuditRecord } from '../observe/audit.js';
import { assertAllowed, budgetOf } from './allowance.js';
import { CallContext, type CallDependencies, type Caller } from './context.js';
import { Deadline } from './deadline.js';
import { Question } from './dialogue.js';
import { DryRun } from './dry_run.js';
import { assertScopes, ToolError } from './error.js';
import { explainFailure } from './failure.js';
import { completenessOf, toErrorResult, withMeta } from './result.js';
import { Steps } from './steps.js';

/** How much longer than its deadline a call may hold its idempotency key, in milliseconds. */
const LEASE_MARGIN_MS = 5_000;

/**
 * Runs one tool call through every guard, in this order: scopes, limits,
 * schema, loop guard, idempotency look-up, check, confirmation, claim,
 * deadline, run, output schema, audit. Never throws.
 */
export async function callTool<S extends ServicesShape>(
  tool: Tool<S>,
  rawArguments: unknown,
  caller: Caller,
  request: ServerContext,
  calls: CallDependencies<S>,
): Promise<CallToolResult | InputRequiredResult> {
  const record = calls.audit({ method: 'tools/call', name: tool.name, scopes: tool.scopes }, caller, request);
  const steps = calls.tellsSteps ? new Steps() : undefined;
  const told = () => ({ ...budgetOf(caller.allowance), ...steps?.describe(record.correlationId) });
  try {
    caller.allowance?.places.take();
    const result = await calls.activity.during(() => run(tool, rawArguments, caller, request, calls, record, steps), caller.principal.tenant);
    record.end({ status: 'ok', completeness: completenessOf(result) });
    return withMeta(result, told());
  } catch (thrown) {
    if (thrown instanceof Question) {
      record.end({ status: 'ok', completeness: 'input_required' });
      return thrown.result;
    }
    const { body, status } = explainFailure(thrown, record, calls.log, 'tool_error');
    record.end({ status, errorClass: body.error_class });
    return withMeta(toErrorResult(body, caller.era), told());
  }
}

/** A call whose effect would leave no trace. */
const unseen = (): ToolError => ToolError.transient('This server cannot record what it does at the moment.', { retryAfterSeconds: 5 });

async function run<S extends ServicesShape>(
  tool: Tool<S>,
  rawArguments: unknown,
  caller: Caller,
  request: ServerContext,
  calls: CallDependencies<S>,
  record: AuditRecord,
  steps: Steps | undefined,
): Promise<CallToolResult> {
  const { principal } = caller;
  assertScopes(principal, tool.scopes);
  assertAllowed(caller.allowance, record);
  const invocation = tool.prepare(rawArguments);
  const { hash } = await record.hashArguments(invocation.arguments);
  const about = `${tool.name} ${hash}`;
  const repetition = calls.loopGuard?.enter(principal, about, record);
  const { idempotencyKey, confirmToken: token, isDryRun } = invocation;
  if (isDryRun) record.noteDryRun();
  const operation =
    idempotencyKey === undefined || isDryRun ? undefined : await calls.openOperation(principal, tool.name, idempotencyKey, hash, record);
  steps?.end('schema');
  const deadline = new Deadline(tool.timeoutMs, request.mcpReq.signal);
  const dryRun = isDryRun ? new DryRun() : undefined;
  const call = { calls, caller, record, deadline, request, dryRun, name: tool.name, arguments: invocation.arguments, about };

  const work = async (): Promise<CallToolResult> => {
    const context = new CallContext(call);
    if (invocation.check || invocation.confirm) {
      // A retry is answered before anything is checked or asked again: what it has deleted is gone.
      const earlier = await operation?.lookUp();
      if (earlier) return earlier;
      await invocation.check?.(context);
      const question = isDryRun ? undefined : await invocation.confirm?.(context);
      steps?.end('check');
      if (question !== undefined) await calls.confirm({ principal, about, question, dialogue: context.dialogue, token, record });
    }
    // Once the answer is given, nothing may take effect.
    deadline.throwIfOver();
    const earlier = await operation?.claim(tool.timeoutMs + LEASE_MARGIN_MS);
    if (earlier) return earlier;
    if (tool.effect === 'destructive' && !isDryRun) record.attempt();
    steps?.end('claim');
    const act = async (): Promise<CallToolResult> => {
      if (tool.effect !== 'read' && !isDryRun && !calls.mayActUnseen && !calls.log.keepsRecords()) throw unseen();
      return invocation.run(context, operation?.key ?? hash);
    };
    const outcome = act().finally(() => steps?.end('run'));
    // The answer waits for no store, and the deadline may answer first: how the work ended is remembered all the same.
    calls.activity.keepAlive(operation ? operation.remember(outcome) : outcome);
    return outcome;
  };
  try {
    return await deadline.limit(dryRun ? () => dryRun.answer(work) : work);
  } catch (error) {
    if (!(error instanceof Question)) repetition?.failed();
    throw error;
  }
}
