import { Command } from 'commander';
import type { ConnectFlags } from '../connect.ts';
import type { Choose } from './task.ts';

/** `mcp-gen info`. */
export function infoCommand(choose: Choose): Command {
  return new Command('info')
    .description('Which version made this repository, with which answers, and what was edited since.')
    .option('--json', 'one JSON document on stdout')
    .action(() =>
      choose(async (io, report) => {
        const { info } = await import('../info.ts');
        return info(io, report);
      }),
    );
}

/** `mcp-gen connect`. */
export function connectCommand(choose: Choose): Command {
  return new Command('connect')
    .description('How to tell clients about this server: snippets and install links. Writes nothing.')
    .argument('[client]', 'claude-code, claude-desktop, cursor, vscode, chatgpt or inspector (default: all)')
    .option('--url <address>', 'the endpoint of a deployed server (default: the one in .mcp.json)')
    .option('--json', 'one JSON document on stdout')
    .action((client: string | undefined, flags: ConnectFlags) =>
      choose(async (io, report) => {
        const { connect } = await import('../connect.ts');
        return connect(client, flags, io, report);
      }),
    );
}
