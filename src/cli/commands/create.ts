import { answerFlags } from 'virtual:answer-flags';
import { Command, Option } from 'commander';
import type { CreateFlags } from '../flags.ts';
import type { Choose } from './task.ts';

const examples = `
Examples:
  $ create-mcp-server my-server                       asks the rest
  $ create-mcp-server my-server --yes                 takes the defaults
  $ create-mcp-server my-server --transport both --auth none --session stateless --deploy docker,npm
  $ create-mcp-server my-server --answers .mcp-gen.json --dry-run --json

Without a terminal: pass the directory, --transport, --auth, --session and --deploy, or --yes.
Through npm create, put -- before the flags: npm create mcp-server@latest -- my-server --yes
Exit codes: 0 done, 1 failed, 2 usage, 3 pending, 130 cancelled`;

/** `create-mcp-server`, which is also `mcp-gen create`. */
export function createCommand(name: string, choose: Choose): Command {
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
        const { create } = await import('../create.ts');
        return create({ directory, extra: command.args.slice(1), flags: flagsGiven(command) }, io, report);
      }),
    );
}

/** Only what was typed: commander's own defaults (`--no-x` sets x to true) are not answers. */
function flagsGiven(command: Command): CreateFlags {
  return Object.fromEntries(Object.entries(command.opts()).filter(([key]) => command.getOptionValueSource(key) === 'cli'));
}
