import { answerFlags } from 'virtual:answer-flags';
import { Command, CommanderError, Option } from 'commander';
import { ExitCode } from '../error.ts';
import { version } from '../version.ts';
import { Reporter } from './report.ts';
import type { CreateFlags } from './flags.ts';
import type { Io } from './io.ts';
import type { SyncFlags } from './sync.ts';

/** The work of one command line, parsed and ready to run. */
type Task = (io: Io, report: Reporter) => Promise<ExitCode>;

/** Takes the task that a command line turned out to ask for. */
type Choose = (task: Task) => void;

const examples = `
Examples:
  $ create-mcp-server my-server                       asks the rest
  $ create-mcp-server my-server --yes                 takes the defaults
  $ create-mcp-server my-server --transport both --auth none --session stateless --deploy docker,npm
  $ create-mcp-server my-server --answers .mcp-gen.json --dry-run --json

Without a terminal: pass the directory, --transport, --auth, --session and --deploy, or --yes.
Through npm create, put -- before the flags: npm create mcp-server@latest -- my-server --yes
Exit codes: 0 done, 1 failed, 2 usage, 3 pending, 130 cancelled`;

/** Runs one command line. @returns the exit code; never exits the process itself. */
export async function run(executable: 'create-mcp-server' | 'mcp-gen', argv: readonly string[], io: Io): Promise<ExitCode> {
  const report = new Reporter(io, argv.includes('--json'));
  let task: Task | undefined;
  const choose: Choose = (chosen) => (task = chosen);
  const program = executable === 'mcp-gen' ? mcpGen(choose) : createCommand(executable, choose);
  try {
    for (const command of [program, ...program.commands]) configure(command, io);
    // npm, pnpm and PowerShell differ in whether a bare `--` reaches us.
    program.parse(argv.filter((word, index) => !(word === '--' && index === 0)), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? ExitCode.done : report.usage(...explained(error, program));
  }
  // Nothing left to do after --help and --version.
  const work: Task = task ?? (() => Promise.resolve(ExitCode.done));
  return report.guard(() => work(io, report));
}

function mcpGen(choose: Choose): Command {
  return new Command('mcp-gen')
    .description('Create an MCP server repository and keep it easy to extend.')
    .addCommand(createCommand('create', choose))
    .addCommand(syncCommand(choose))
    .addCommand(renderCommand(choose), { hidden: true });
}

function createCommand(name: string, choose: Choose): Command {
  const command = new Command(name).description('Create a production-ready MCP server repository in TypeScript.').argument('[directory]', 'where to create it');
  for (const { flag, description, choices } of answerFlags) command.option(flag, choices === undefined ? description : `${description}: ${choices.join(', ')}`);
  return command
    .addOption(new Option('--example', 'the notes example, whatever an answers file says').hideHelp())
    .option('--answers <file>', 'a .mcp-gen.json, or JSON in the shape of its answers; flags win over it')
    .option('--no-install', 'do not install dependencies')
    .option('--no-git', 'do not run git init')
    .option('-y, --yes', 'defaults for everything not given; never overwrites')
    .option('--overwrite', 'allow a directory that is not empty; lists what it replaces')
    .option('--dry-run', 'list the files, write nothing')
    .option('--diff', 'like --dry-run, with the contents that would change')
    .option('--json', 'one JSON document on stdout, no questions')
    .option('--no-interactive', 'never ask')
    .addHelpText('after', examples)
    .allowExcessArguments(true)
    .action((directory: string | undefined) =>
      choose(async (io, report) => {
        const { create } = await import('./create.ts');
        return create({ directory, extra: command.args.slice(1), flags: flagsGiven(command) }, io, report);
      }),
    );
}

function syncCommand(choose: Choose): Command {
  return new Command('sync')
    .description('Re-derive src/{tools,resources,prompts}/index.ts from the files beside them.')
    .option('--check', 'only report; exit code 3 when something is pending')
    .option('--dry-run', 'list the files, write nothing')
    .option('--diff', 'like --dry-run, with the contents that would change')
    .option('--json', 'one JSON document on stdout')
    .action((flags: SyncFlags) =>
      choose(async (io, report) => {
        const { sync } = await import('./sync.ts');
        return sync(flags, io, report);
      }),
    );
}

function renderCommand(choose: Choose): Command {
  return new Command('render')
    .description('Plan and write, nothing else.')
    .requiredOption('--answers <file>', 'complete answers')
    .requiredOption('--out <directory>', 'a directory that does not exist or is empty')
    .action((options: { answers: string; out: string }) =>
      choose(async (io, report) => {
        const { renderTo } = await import('./render.ts');
        return renderTo(options, io, report);
      }),
    );
}

/** Only what was typed: commander's own defaults (`--no-x` sets x to true) are not answers. */
function flagsGiven(command: Command): CreateFlags {
  return Object.fromEntries(Object.entries(command.opts()).filter(([key]) => command.getOptionValueSource(key) === 'cli'));
}

function configure(command: Command, io: Io): void {
  command
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: () => undefined, getOutHasColors: () => false })
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help');
}

/** commander's message, and what to do about it: its own suggestion, where it has one, and the help. */
function explained(error: CommanderError, program: Command): [message: string, hint: string] {
  const see = `See ${program.name()} --help`;
  if (error.code === 'commander.help') return [`${program.name()} needs a command.`, `${see}, or start with: ${program.name()} create my-server`];
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split(/\n\((?=Did you mean .*\)$)/);
  return [`${message.replace(/\.?$/, '.')}`, suggestion === undefined ? see : `${suggestion.slice(0, -1)} ${see}`];
}
