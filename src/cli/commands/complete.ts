import { Command } from 'commander';
import type { Choose } from './task.ts';

/** `mcp-gen complete <shell>`: a script for the shell, which asks `mcp-gen suggest` as someone types. */
export function completeCommand(choose: Choose): Command {
  return new Command('complete')
    .description('Completion for bash, zsh or fish: prints the script for the shell.')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', '\nExamples:\n  $ source <(mcp-gen complete bash)\n  $ source <(mcp-gen complete zsh)\n  $ mcp-gen complete fish | source')
    .action((shell: string) =>
      choose(async (_io, report) => {
        const { completionScript } = await import('../complete.ts');
        return completionScript(shell, report);
      }),
    );
}

/** `mcp-gen suggest -- <words>`: what the last word can become, one per line, with a tab before what it is. */
export function suggestCommand(choose: Choose): Command {
  const command = new Command('suggest').argument('[words...]');
  return command.action((words: readonly string[]) =>
    choose(async (io) => {
      const { suggest } = await import('../complete.ts');
      return suggest(command.parent ?? command, words, io);
    }),
  );
}
