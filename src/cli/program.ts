import { CommanderError } from 'commander';
import type { Command } from 'commander';
import { ExitCode } from '../error.ts';
import { version } from '../version.ts';
import { createCommand } from './commands/create.ts';
import type { Choose, Task } from './commands/task.ts';
import { Reporter } from './report.ts';
import type { Io } from './io.ts';

/** Runs one command line. @returns the exit code; never exits the process itself. */
export async function run(executable: 'create-mcp-server' | 'mcp-gen', argv: readonly string[], io: Io): Promise<ExitCode> {
  const report = new Reporter(io, argv.includes('--json'));
  let task: Task | undefined;
  const choose: Choose = (chosen) => (task = chosen);
  const program = executable === 'mcp-gen' ? (await import('./commands/mcp-gen.ts')).mcpGen(choose) : createCommand(executable, choose);
  try {
    for (const command of withSubcommands(program)) configure(command, io);
    // npm, pnpm and PowerShell differ in whether a bare `--` reaches us.
    program.parse(argv.filter((word, index) => !(word === '--' && index === 0)), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? ExitCode.done : report.usage(...explained(error, program, argv));
  }
  // Nothing left to do after --help and --version.
  const work: Task = task ?? (() => Promise.resolve(ExitCode.done));
  return report.guard(() => work(io, report));
}

/** A command and everything below it. */
function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

function configure(command: Command, io: Io): void {
  command
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: () => undefined, getOutHasColors: () => false })
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help');
}

/** commander's message, and what to do about it: its own suggestion, where it has one, and the help. */
function explained(error: CommanderError, program: Command, argv: readonly string[]): [message: string, hint: string] {
  const [command, path] = meant(program, argv);
  const see = `See ${path} --help`;
  if (error.code === 'commander.help') {
    const all = command.commands.map((one) => one.name()).join(', ');
    return command === program ? [`${path} needs a command.`, `${see}, or start with: ${path} create my-server`] : [`${path} needs one of: ${all}.`, see];
  }
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split(/\n\((?=Did you mean .*\)$)/);
  return [`${message.replace(/\.?$/, '.')}`, suggestion === undefined ? see : `${suggestion.slice(0, -1)} ${see}`];
}

/** The command that a command line got to, and how it is called. */
function meant(program: Command, argv: readonly string[]): [command: Command, path: string] {
  let [command, path] = [program, program.name()];
  for (const word of argv) {
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) break;
    [command, path] = [next, `${path} ${word}`];
  }
  return [command, path];
}
