import { Command, Option } from 'commander';
import type { CallFlags } from '../call.ts';
import type { Choose } from './task.ts';

/** `mcp-gen call`. */
export function callCommand(choose: Choose): Command {
  return new Command('call')
    .description('Call a tool as a real client: sign in, negotiate, call, and see what every step took.')
    .argument('<tool>', 'its name; list shows them all')
    .argument('[fields...]', "the tool's own fields, as --text hi --limit 5 --tags '[\"a\"]'")
    .allowUnknownOption()
    .option('--url <endpoint>', 'a running server (default: the one that `dev` runs; a stdio server is started from source)')
    .option('--as <user>', 'who signs in at the local authorization server: alice or bob', 'alice')
    .option('--scopes <list>', 'ask for exactly these, comma-separated (default: what the server asks for, more when a call needs more)')
    .option('--token-stdin', 'read an access token from stdin instead of signing in')
    .addOption(new Option('--era <era>', 'protocol era').choices(['auto', 'modern', 'legacy']).default('auto'))
    .option('--raw', 'print the whole result, as JSON')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nAn idempotency_key is made up where one is needed. A question to the user is asked where there is a terminal.\nExit codes: 0 done, 1 the tool failed or nothing answers')
    .action((tool: string, fields: readonly string[], flags: CallFlags) =>
      choose(async (io, report) => {
        const { call } = await import('../call.ts');
        return call(tool, fields, flags, io, report);
      }),
    );
}
