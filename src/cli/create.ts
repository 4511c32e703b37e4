import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { shellWord, toArguments } from '../answers/command.ts';
import { readAnswers } from '../answers/file.ts';
import { suggestName, nameFault, unscoped } from '../answers/name.ts';
import { essential, flagOf, listed, parsePartial, printable, withDefaults } from '../answers/resolve.ts';
import type { PartialAnswers } from '../answers/resolve.ts';
import { assertInputs, missingInputs } from '../answers/provider-inputs.ts';
import { judge, refusal } from '../answers/rules.ts';
import type { Answers } from '../answers/schema.ts';
import { faultOf, usageError } from '../error.ts';
import type { ExitCode } from '../error.ts';
import { plan } from '../plan/plan.ts';
import { packageManagers, providerInputKeys } from '../features/index.ts';
import { detectPackageManager } from '../run/package-manager.ts';
import { isStaging, recover } from '../tree/staging.ts';
import { contentOf, inspectTarget, resolveDirectory } from '../tree/target.ts';
import { writeTarget } from '../tree/write.ts';
import { version } from '../version.ts';
import { assertNothingSwallowed, assertYesNotSwallowed } from './swallowed.ts';
import type { CreateFlags, CreateInput } from './flags.ts';
import { canAsk } from './io.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';

/** `create-mcp-server [directory]`: answers, plan, write, then git and install. */
export async function create(input: CreateInput, io: Io, report: Reporter): Promise<ExitCode> {
  const { flags } = input;
  assertNothingSwallowed(input, io.env);
  const given = { ...(flags.answers === undefined ? {} : readAnswers(path.resolve(io.cwd, flags.answers))), ...answersFrom(flags) };
  assertAllowed(given);
  const asked = await settle(input.directory, given, flags, io);
  const directory = resolveDirectory(asked.directory, io.cwd);
  const answers = complete(asked.given, directory, io);
  assertAllowed(answers);
  const missing = missingInputs(answers);
  const warnings = [...judge(answers).map(({ reason }) => reason), ...(missing === undefined ? [] : [missing])];

  const showOnly = flags.dryRun === true || flags.diff === true;
  if (!showOnly) recover(directory);
  const target = inspectTarget(directory, plan(answers, version));
  const replaced = target.changes.filter((change) => change.action === 'overwrite').map((change) => change.path);
  assertRoom(directory, flags, replaced);
  if (showOnly) {
    const { showPlan } = await import('./show-plan.ts');
    return showPlan(target, answers, warnings, flags.diff === true, report);
  }
  for (const file of replaced) report.line(`${report.style('yellow', 'overwrite')} ${file}`);
  await writeTarget(target, io.signal);
  report.line(`${report.style('green', 'created')} ${target.changes.length} files in ${directory}`);

  const { finish } = await import('./finish.ts');
  return finish({ target, answers, warnings, flags }, io, report);
}

function answersFrom(flags: CreateFlags): PartialAnswers {
  const { name, title, description, transport, auth, session, deploy, packageManager, namespace, securityContact, example } = flags;
  const inputs = Object.fromEntries(providerInputKeys.map((key) => [key, flags[key]]));
  const given = { name, title, description, transport, auth, ...inputs, session, packageManager, namespace, securityContact, example };
  const list = deploy === undefined ? {} : { deploy: deploy.split(',').map((target) => target.trim()).filter((target) => target !== '') };
  const typed = Object.entries({ ...given, ...list }).filter(([, value]) => value !== undefined);
  return parsePartial(Object.fromEntries(typed), { title: 'Invalid flags', nameOf: flagOf, hint: 'See create-mcp-server --help' });
}

/** Asks for what is missing, or says which flags would answer it. */
async function settle(directory: string | undefined, given: PartialAnswers, flags: CreateFlags, io: Io): Promise<{ directory: string; given: PartialAnswers }> {
  const fallback = given.name === undefined ? 'mcp-server' : unscoped(given.name);
  if (flags.yes === true) return { directory: directory ?? fallback, given };
  if (flags.interactive !== false && flags.json !== true && canAsk(io)) {
    const check = (named: string) => assertUsable(named, given, flags, io);
    // What was typed is judged before the first question, not after the last.
    if (directory !== undefined) check(directory);
    const [{ interview }, { Ask }] = await Promise.all([import('../interview/interview.ts'), import('../interview/ask.ts')]);
    return interview({ directory, given, fallback, directoryFault: (named) => faultOf(() => check(named)) }, new Ask(io.stdin, io.signal));
  }
  const missing = [...(directory === undefined ? ['the directory'] : []), ...essential.filter((key) => given[key] === undefined).map(flagOf)];
  if (directory !== undefined && missing.length === 0) return { directory, given };
  assertYesNotSwallowed(directory ?? fallback, io.env);
  const folder = path.basename(directory ?? fallback);
  const name = nameFault(folder) === undefined ? folder : fallback;
  const example = toArguments(withDefaults(given, { name, packageManager: 'npm' }), directory ?? fallback);
  throw usageError(
    'missing_answers',
    `Missing ${missing.join(', ')}, and there is no terminal to ask in.`,
    `Pass them, or --yes for defaults: npx create-mcp-server ${example.map(shellWord).join(' ')}`,
  );
}

/** What can be said against a directory before anything is planned. @throws {UserError} */
function assertUsable(named: string, given: PartialAnswers, flags: CreateFlags, io: Io): void {
  const directory = resolveDirectory(named, io.cwd);
  assertNameable(given, directory);
  if (!wasInterrupted(directory)) assertRoom(directory, flags, []);
}

/** Holds what a killed run left: that is cleaned up before it is written to, and then it may be empty. */
function wasInterrupted(directory: string): boolean {
  return existsSync(directory) && readdirSync(directory).some(isStaging);
}

function complete(given: PartialAnswers, directory: string, io: Io): Answers {
  assertNameable(given, directory);
  return withDefaults(given, { name: path.basename(directory), packageManager: detectPackageManager(io.env, directory, packageManagers.map((one) => one.id)) });
}

function assertNameable(given: PartialAnswers, directory: string): void {
  const folder = path.basename(directory);
  const fault = given.name === undefined ? nameFault(folder) : undefined;
  if (fault === undefined) return;
  const suggestion = suggestName(folder) ?? 'my-server';
  throw usageError('invalid_answers', `The folder ${printable(folder)} can't be the package name: it ${fault}.`, `Call it ${suggestion}, or add --name ${suggestion}`);
}

/** @throws {UserError} `refused_combination` for the first pair that can't work, `invalid_answers` for what a provider can't be found by. */
function assertAllowed(answers: PartialAnswers): void {
  const refused = refusal(answers);
  if (refused !== undefined) throw usageError('refused_combination', refused.reason, refused.rule.instead);
  assertInputs(answers);
}

/** @param replaced files of ours that stand there already, as far as that is known yet. */
function assertRoom(directory: string, flags: CreateFlags, replaced: readonly string[]): void {
  const content = contentOf(directory);
  if (flags.overwrite === true || content.length === 0) return;
  throw usageError(
    'directory_not_empty',
    `${directory} is not empty: it holds ${listed(content.map(printable))}.`,
    replaced.length === 0 ? 'Choose another directory, or add --overwrite.' : `Choose another directory, or add --overwrite to replace ${listed(replaced)}.`,
  );
}
