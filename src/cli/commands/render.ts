import { Command } from 'commander';
import type { Choose } from './task.ts';

/** `mcp-gen render`. */
export function renderCommand(choose: Choose): Command {
  return new Command('render')
    .description('Plan and write, nothing else.')
    .requiredOption('--answers <file>', 'complete answers')
    .requiredOption('--out <directory>', 'a directory that does not exist or is empty')
    .action((options: { answers: string; out: string }) =>
      choose(async (io, report) => {
        const { renderTo } = await import('../render.ts');
        return renderTo(options, io, report);
      }),
    );
}
