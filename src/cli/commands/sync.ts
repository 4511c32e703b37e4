import { Command } from 'commander';
import type { SyncFlags } from '../sync.ts';
import type { Choose } from './task.ts';

/** `mcp-gen sync`. */
export function syncCommand(choose: Choose): Command {
  return new Command('sync')
    .description('Re-derive src/{tools,resources,prompts}/index.ts from the files beside them.')
    .option('--check', 'only report; exit code 3 when something is pending')
    .option('--dry-run', 'list the files, write nothing')
    .option('--diff', 'like --dry-run, with the contents that would change')
    .option('--json', 'one JSON document on stdout')
    .action((flags: SyncFlags) =>
      choose(async (io, report) => {
        const { sync } = await import('../sync.ts');
        return sync(flags, io, report);
      }),
    );
}
