import path from 'node:path';
import { shellWord, toArguments } from '../answers/command.ts';
import type { Answers } from '../answers/schema.ts';
import { ExitCode, UserError, cancelled } from '../error.ts';
import { packageManagers, transports } from '../features/index.ts';
import type { PackageManager } from '../features/index.ts';
import type { GitOutcome } from '../run/git.ts';
import type { Target } from '../tree/target.ts';
import { version } from '../version.ts';
import type { CreateFlags } from './flags.ts';
import type { Io } from './io.ts';
import { plain } from './report.ts';
import type { Reporter } from './report.ts';

/** A repository that has just been written. */
export interface Created {
  readonly target: Target;
  readonly answers: Answers;
  readonly warnings: readonly string[];
  readonly flags: CreateFlags;
}

const gitWarnings: Partial<Record<GitOutcome, string>> = {
  'git-missing': 'git was not found: no repository was initialised.',
  failed: 'git init failed: no repository was initialised.',
};

/** Everything after the files are on the disk: git, install, what to do next. A failure here keeps the repository. */
export async function finish({ target, answers, warnings, flags }: Created, io: Io, report: Reporter): Promise<ExitCode> {
  const { directory } = target;
  const git = flags.git === false ? undefined : await initialise(directory, io);
  const gitWarning = git === undefined ? undefined : gitWarnings[git];
  const packageManager: PackageManager = packageManagers.find((one) => one.id === answers.packageManager) ?? packageManagers[0];
  const installed = flags.install !== false && (await installDependencies(packageManager, directory, io, report));
  const all = [...warnings, ...(gitWarning === undefined ? [] : [gitWarning])];
  const next = nextSteps(directory, answers, packageManager, installed, io.cwd);

  for (const warning of all) report.warn(warning);
  report.line();
  report.line(report.style('bold', 'Next:'));
  for (const [index, step] of next.entries()) report.line(`  ${index + 1}. ${step}`);
  report.line();
  report.line(report.style('dim', 'The same again, without questions:'));
  report.line(`  ${reproducingCommand(answers, directory, io.cwd)}`);
  report.document({
    ok: true,
    directory,
    answers,
    files: target.changes.map(({ path: file, action }) => ({ path: file, action })),
    next,
    warnings: all,
  });
  return ExitCode.done;
}

/** The command that plans these answers again in this directory. */
export function reproducingCommand(answers: Answers, directory: string, cwd: string): string {
  const words = toArguments(answers, fromHere(directory, cwd));
  if (words[0] === '.' && path.basename(directory) === answers.name) words.splice(1, 2);
  return [`npx create-mcp-server@${version}`, ...words.map(shellWord)].join(' ');
}

/** A path as it can be typed from `cwd`: never taken for a flag, never a row of dots. */
function fromHere(directory: string, cwd: string): string {
  const relative = path.relative(cwd, directory) || '.';
  if (relative.startsWith(`..${path.sep}..`)) return directory;
  return relative.startsWith('-') ? `./${relative}` : relative;
}

// What runs child processes is a third of the bundle: loaded only when something is to be run.
async function initialise(directory: string, io: Io): Promise<GitOutcome> {
  const { initGit } = await import('../run/git.ts');
  return initGit(directory, io.env, io.signal);
}

async function installDependencies(packageManager: PackageManager, directory: string, io: Io, report: Reporter): Promise<boolean> {
  report.line(report.style('dim', `Installing with ${packageManager.id} ...`));
  const { install } = await import('../run/install.ts');
  const progress = io.stdout.isTTY === true && !report.json;
  const { status, log } = await install(packageManager, directory, io.env, io.signal, (line) => {
    if (progress) io.stdout.write(`\r\u001b[2K${report.style('dim', plain(line).slice(0, 72))}`);
  });
  if (progress) io.stdout.write('\r\u001b[2K');
  if (status === 'installed') return true;
  const again = `The repository is complete in ${directory}. Run: cd ${shellWord(fromHere(directory, io.cwd))} && ${packageManager.id} install`;
  if (status === 'cancelled') throw cancelled(`The install was cancelled. ${again}`);
  if (status === 'missing') throw new UserError('install_failed', `${packageManager.id} was not found on this machine.`, { hint: again });
  throw new UserError('install_failed', `${packageManager.id} install failed; its output is in ${log}.`, { hint: again });
}

function nextSteps(directory: string, answers: Answers, { id, run }: PackageManager, installed: boolean, cwd: string): string[] {
  const relative = fromHere(directory, cwd);
  const transport = transports.find((one) => one.id === answers.transport);
  return [
    ...(relative === '.' ? [] : [`cd ${shellWord(relative)}`]),
    ...(installed ? [] : [`${id} install`]),
    `${run} verify`,
    `${run} dev${transport?.network === true ? '   # http://localhost:3000/mcp' : ''}`,
  ];
}
