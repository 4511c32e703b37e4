import * as z from 'zod';
import { ToolError } from './mcp.js';
import type { ServicesShape, WriteContext } from './platform/define/context.js';

/** The output of a tool that works in steps. */
export const StepsResult = z.object({
  status: z
    .enum(['done', 'unhealthy', 'dry_run'])
    .describe('done: every step was done. unhealthy: they were, but what came of it does not work. dry_run: nothing was done'),
  steps: z.array(z.string()).describe('The steps that were done, or with dry_run would be, in their order'),
});

/** What running steps takes of the context of a tool. */
type StepsContext = Pick<WriteContext<ServicesShape>, 'dryRun' | 'idempotencyKey' | 'log' | 'progress' | 'signal'>;

/** Does the work of one step. `key` names this step of this call: it stays the same when the call is retried. */
export type Step = (key: string) => Promise<void>;

/**
 * Does steps in their order and stops at the first that fails. A dry run only tells them.
 *
 * @param healthy - Looks at what came of it when every step is done.
 * @throws {ToolError} that names the failed step and the ones done before it. A retry with the same idempotency_key
 * starts from the first step again, with the same keys.
 */
export async function runSteps(
  { dryRun, idempotencyKey, log, progress, signal }: StepsContext,
  steps: Readonly<Record<string, Step>>,
  healthy: () => Promise<boolean> = async () => true,
): Promise<z.input<typeof StepsResult>> {
  const names = Object.keys(steps);
  if (dryRun) return { status: 'dry_run', steps: names };
  const done: string[] = [];
  for (const [name, step] of Object.entries(steps)) {
    signal.throwIfAborted();
    await step(`${idempotencyKey}:${name}`).catch((error: unknown) => {
      log.failure('step.failed', error, { step: name });
      throw stoppedAt(name, done, error);
    });
    done.push(name);
    await progress(done.length, names.length, name);
  }
  return { status: (await healthy()) ? 'done' : 'unhealthy', steps: done };
}

/** What a ToolError says may be told; of anything else only where it happened. */
function stoppedAt(name: string, done: readonly string[], error: unknown): ToolError {
  const where = `Stopped at step ${name}. Done before it: ${done.join(', ') || 'nothing'}.`;
  if (!(error instanceof ToolError)) {
    return ToolError.permanent(where, { hint: `Find out whether ${name} had an effect before you call again.` });
  }
  const passing = error.errorClass === 'transient' || error.errorClass === 'rate_limit';
  return (passing ? ToolError.transient : ToolError.permanent)(`${where} ${error.message}`, error.options);
}
