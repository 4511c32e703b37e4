import { Command } from 'commander';
import type { Choose } from './task.ts';

/** `mcp-gen explain`. */
export function explainCommand(choose: Choose): Command {
  return new Command('explain')
    .description('The life of one call, from the log of a server: who, which tool, each step, how it ended, what to do first.')
    .argument('<correlation_id>', 'the correlation_id of the answer')
    .argument('[files...]', 'logs as JSON lines (default: stdin)')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nNeeds no repository, and sends nothing anywhere.\nExit codes: 0 explained, 1 no line of this call or a file that cannot be read, 2 what can be no id')
    .action((id: string, files: string[]) =>
      choose(async (io, report) => {
        const { explain } = await import('../explain.ts');
        return explain(id, files, io, report);
      }),
    );
}
