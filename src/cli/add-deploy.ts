import { parsePartial } from '../answers/resolve.ts';
import { judge } from '../answers/rules.ts';
import { answersSchema } from '../answers/schema.ts';
import type { Answers } from '../answers/schema.ts';
import { ExitCode, usageError } from '../error.ts';
import { byId, deployTargets, packageManagers } from '../features/index.ts';
import type { DeployTarget, PackageManager } from '../features/index.ts';
import { planTarget } from '../plan/target.ts';
import type { Kept } from '../plan/target.ts';
import { openRepo } from '../repo/repo.ts';
import type { Repo } from '../repo/repo.ts';
import { inspectTarget } from '../tree/target.ts';
import type { Target } from '../tree/target.ts';
import { version } from '../version.ts';
import { printChanges } from './changes.ts';
import { carryOut } from './extend.ts';
import type { ExtendFlags } from './extend.ts';
import { canAsk } from './io.ts';
import type { Io } from './io.ts';
import type { Reporter } from './report.ts';

/** Flags of `mcp-gen add deploy`; absent means not given. */
export interface DeployFlags extends ExtendFlags {
  readonly interactive?: false;
}

type TargetId = Answers['deploy'][number];

/** `mcp-gen add deploy [target]`: the files of one more place where the server runs. What its owner has edited stays as it is. */
export async function addDeploy(named: string | undefined, flags: DeployFlags, io: Io, report: Reporter): Promise<ExitCode> {
  const answers = answersOf(openRepo(io.cwd));
  const id = await settle(named, answers, flags, io);
  const refused = judge({ ...answers, deploy: [id] }).find(({ rule }) => rule.severity === 'refused');
  if (refused !== undefined) throw usageError('refused_combination', refused.reason, refused.rule.instead);
  return show(id, await carryOut(() => planned(id, io.cwd), flags, io), flags, report);
}

/** @throws {UserError} `other_version` for a repository that another version made: what that one would have made of a target is not known here. */
function answersOf({ root, manifest }: Repo): Answers {
  if (manifest.version !== version) {
    const { run, separator } = packageManagerOf(manifest.answers);
    throw usageError('other_version', `create-mcp-server ${manifest.version} made this repository, and this is ${version}.`, `Let the one that made it add the target: ${run} gen ${separator}add deploy <target>`);
  }
  const answers = answersSchema.safeParse(manifest.answers);
  if (!answers.success) throw usageError('not_a_generated_repo', `The answers in the manifest of ${root} can't be read.`, 'Restore it from version control.');
  return answers.data;
}

function packageManagerOf({ packageManager }: { readonly packageManager?: string | undefined }): PackageManager {
  return packageManagers.find((one) => one.id === packageManager) ?? packageManagers[0];
}

async function settle(named: string | undefined, answers: Answers, flags: DeployFlags, io: Io): Promise<TargetId> {
  if (named !== undefined) {
    const [id] = parsePartial({ deploy: [named] }, { title: 'Invalid target', nameOf: () => 'add deploy', hint: 'See mcp-gen add deploy --help' }).deploy ?? [];
    if (id !== undefined) return id;
  }
  if (flags.interactive !== false && flags.json !== true && canAsk(io)) {
    const [{ askForTarget }, { Ask }] = await Promise.all([import('../interview/target.ts'), import('../interview/ask.ts')]);
    return askForTarget(answers, new Ask(io.stdin, io.signal));
  }
  throw usageError('usage', 'add deploy needs a target.', `One of ${deployTargets.map(({ id }) => id).join(', ')}. For example: mcp-gen add deploy systemd`);
}

interface Planned {
  readonly target: Target;
  readonly answers: Answers;
  readonly kept: readonly Kept[];
}

function planned(id: TargetId, cwd: string): Planned {
  const repo = openRepo(cwd);
  const before = answersOf(repo);
  if (before.deploy.includes(id)) return { target: { directory: repo.root, exists: true, changes: [] }, answers: before, kept: [] };
  const { answers, tree, kept } = planTarget(before, id, version, repo.read);
  return { target: inspectTarget(repo.root, tree), answers, kept };
}

async function show(id: TargetId, { target, answers, kept }: Planned, flags: ExtendFlags, report: Reporter): Promise<ExitCode> {
  const { run } = packageManagerOf(answers);
  const { title } = byId<DeployTarget>(deployTargets, id);
  const changes = target.changes.filter((change) => change.action !== 'identical');
  const isThere = changes.length === 0;
  const showOnly = flags.dryRun === true || flags.diff === true;
  const patches = await patchesOf(kept);
  await printChanges(changes, flags.diff === true, report);
  for (const { path, patch } of patches) {
    report.line(`${report.style('yellow', 'keep'.padEnd(9))} ${path}`);
    if (flags.dryRun !== true) report.line(patch);
  }
  const warnings = judge({ ...answers, deploy: [id] }).map(({ reason }) => reason);
  const byHand = patches.length === 0 ? [] : [`you have edited ${patches.map(({ path }) => path).join(', ')}: put in by hand what is shown above`];
  const next = showOnly || isThere ? [] : [...byHand, `${run} verify`, `read "${title}" in README.md: it says what to fill in, and the commands`];
  if (isThere) report.line(`${title} is among its targets already.`);
  else for (const warning of warnings) report.warn(warning);
  if (showOnly) report.line('Nothing was written.');
  if (next.length > 0) report.line(`\n${report.style('bold', 'Next:')}`);
  for (const [index, step] of next.entries()) report.line(`  ${index + 1}. ${step}`);
  report.document({ ok: true, directory: target.directory, answers, files: target.changes.map(({ path, action }) => ({ path, action })), kept: patches, next, warnings: isThere ? [] : warnings });
  return ExitCode.done;
}

/** What would have become of the files that stay, for whoever puts it in by hand. */
async function patchesOf(kept: readonly Kept[]): Promise<{ path: string; patch: string }[]> {
  if (kept.length === 0) return [];
  const { createTwoFilesPatch } = await import('diff');
  return kept.map(({ path, before, after }) => ({ path, patch: createTwoFilesPatch(before === undefined ? '/dev/null' : path, path, before ?? '', after) }));
}
