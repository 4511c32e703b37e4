import { Command } from 'commander';
import type { CheckAuthFlags } from '../check-auth.ts';
import type { CheckFlags } from '../check.ts';
import type { Choose } from './task.ts';

/** `mcp-gen check`. */
export function checkCommand(choose: Choose): Command {
  const command = new Command('check')
    .description('Is this fit for production? Row by row, with what each verdict rests on.')
    .option('--url <endpoint>', 'ask a running server from outside, too; any MCP server, ours or not')
    .option('--token-stdin', 'read an access token for --url from stdin')
    .option('--strict', 'warnings, and what could not be looked at, count as failures')
    .option('--evidence', 'show what passing rows rest on, too')
    .option('--report <file>', 'write a report for reviewers, such as security.md')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nLoads src in a process of its own and starts the server in memory; tools of the repository are listed, never called.\n--url sends at most 90 requests, one at a time, and calls no tool that may change something.\nExit codes: 0 no row fails, 3 a row fails, 1 the repository could not be loaded, or nothing answers')
    .action((flags: CheckFlags) =>
      choose(async (io, report) => {
        const { check } = await import('../check.ts');
        return check(flags, io, report);
      }),
    );
  return command.addCommand(checkAuthCommand(choose));
}

function checkAuthCommand(choose: Choose): Command {
  const command = new Command('auth')
    .description('Ask the identity provider: metadata, keys, PKCE, ways to register; and hold a token against what the server expects.')
    .option('--issuer <url>', 'any provider (default: the one that the settings and .env of this repository name)')
    .option('--audience <audience>', 'what its tokens must be for (default: from the settings)')
    .option('--token-stdin', 'read an access token from stdin and compare it, claim by claim')
    .option('--strict', 'warnings, and what could not be looked at, count as failures')
    .option('--evidence', 'show what passing rows rest on, too')
    .option('--json', 'one JSON document on stdout')
    .addHelpText('after', '\nNobody signs in and nothing is registered. A token is read from stdin only and never printed.\nExit codes: 0 no row fails, 3 a row fails, 1 the settings say not which provider');
  return command.action(() =>
    choose(async (io, report) => {
      const { checkAuth } = await import('../check-auth.ts');
      return checkAuth(command.optsWithGlobals<CheckAuthFlags>(), io, report);
    }),
  );
}
