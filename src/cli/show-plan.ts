import type { Answers } from '../answers/schema.ts';
import { ExitCode } from '../error.ts';
import type { FileAction, Target } from '../tree/target.ts';
import { printChanges } from './changes.ts';
import type { Reporter } from './report.ts';

/** `--dry-run` and `--diff`: the same plan, shown instead of written. */
export async function showPlan({ directory, changes }: Target, answers: Answers, warnings: readonly string[], withDiff: boolean, report: Reporter): Promise<ExitCode> {
  await printChanges(changes, withDiff, report);
  const count = (action: FileAction) => changes.filter((change) => change.action === action).length;
  report.line(`\n${count('create')} to create, ${count('overwrite')} to overwrite, ${count('identical')} identical in ${directory}. Nothing was written.`);
  if (!withDiff) report.line('Add --diff to see the contents.');
  for (const warning of warnings) report.warn(warning);
  report.document({ ok: true, directory, answers, files: changes.map(({ path, action }) => ({ path, action })), next: [], warnings });
  return ExitCode.done;
}
