import path from 'node:path';
import { readAnswers } from '../answers/file.ts';
import { assertPublishable } from '../answers/resolve.ts';
import { refusal } from '../answers/rules.ts';
import { answersSchema } from '../answers/schema.ts';
import { ExitCode, usageError } from '../error.ts';
import { plan } from '../plan/plan.ts';
import { recover } from '../tree/staging.ts';
import { contentOf, inspectTarget, resolveDirectory } from '../tree/target.ts';
import { writeTarget } from '../tree/write.ts';
import { version } from '../version.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';

/** Hidden and stable: complete answers in, files out, nothing detected and nothing run. What `upgrade` calls on an older version. */
export async function renderTo(options: { answers: string; out: string }, io: Io, report: Reporter): Promise<ExitCode> {
  const answers = answersSchema.safeParse(readAnswers(path.resolve(io.cwd, options.answers)));
  if (!answers.success) throw usageError('invalid_answers', `The answers file lacks ${answers.error.issues.map((issue) => issue.path.join('.')).join(', ')}.`, 'render takes complete answers, as .mcp-gen.json holds them.');
  assertPublishable(answers.data);
  const refused = refusal(answers.data);
  if (refused !== undefined) throw usageError('refused_combination', refused.reason, refused.rule.instead);
  const directory = resolveDirectory(options.out, io.cwd);
  recover(directory);
  if (contentOf(directory).length > 0) throw usageError('directory_not_empty', `${directory} is not empty.`, 'Choose another directory.');
  const target = inspectTarget(directory, plan(answers.data, version));
  await writeTarget(target, io.signal);
  report.line(`rendered ${target.changes.length} files`);
  return ExitCode.done;
}
