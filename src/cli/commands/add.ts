import { answerFlags } from 'virtual:answer-flags';
import { Command } from 'commander';
import type { ItemType } from '../../items/name.ts';
import type { AddFlags } from '../add.ts';
import type { DeployFlags } from '../add-deploy.ts';
import type { ExtendFlags } from '../extend.ts';
import type { OpenapiFlags } from '../openapi.ts';
import type { Choose } from './task.ts';

const examples: Readonly<Record<ItemType, string>> = {
  tool: `
Examples:
  $ mcp-gen add tool list_orders --scope orders:read --field customer_id:uuid:required limit:integer
  $ mcp-gen add tool cancel_order --effect destructive --blast-radius "one order of the caller; it cannot be brought back."
  $ mcp-gen add tool ship_order --kind workflow --step reserve_stock book_courier notify_customer
  $ mcp-gen add tool get_customer --kind upstream --upstream crm --request 'GET /customers/{id}'
  $ mcp-gen add tool find_orders --kind alias --of list_orders

A field is name:type[:required]. Types: string, text, integer, number, boolean, date, datetime, email, url, uuid, a choice such as
open|closed, and any of them as a list: string[]`,
  resource: `
Examples:
  $ mcp-gen add resource order --uri shop://order/{id} --field id:uuid:required --scope orders:read`,
  prompt: `
Examples:
  $ mcp-gen add prompt summarize_orders --field customer_id:uuid:required 'style:bullets|prose'`,
};

/** `mcp-gen add tool|resource|prompt|openapi|deploy`. */
export function addCommand(choose: Choose): Command {
  const command = new Command('add').description('Add a tool, a resource or a prompt, or tools from an OpenAPI document: a file and its test each, nothing else is touched. Or add a place where the server runs, or what watches it.');
  const tool = itemCommand('tool', choose)
    .option('--effect <effect>', 'read, write or destructive (default: what the verb of the name promises)')
    .option('--blast-radius <text>', 'how much one call can change at most; for write and destructive')
    .option('--kind <kind>', 'plain; workflow: ordered steps, stopping at the first that fails; upstream: a request to an API; alias: a tool under the name it had before')
    .option('--step <names...>', 'the steps of a workflow, in their order')
    .option('--upstream <name>', 'of kind upstream: the name of the API here')
    .option('--request <text>', "of kind upstream: method and path, such as 'GET /customers/{id}'")
    .option('--of <tool>', 'of an alias: the name the tool has now');
  const resource = itemCommand('resource', choose).option('--uri <uri>', 'a URI or a template, such as shop://order/{id}');
  for (const one of [tool, resource, itemCommand('prompt', choose), openapiCommand(choose), deployCommand(choose), observabilityCommand(choose)]) command.addCommand(one);
  return command;
}

function itemCommand(type: ItemType, choose: Choose): Command {
  const command = new Command(type)
    .description(`Add a ${type}.`)
    .argument('[name]', type === 'tool' ? 'a verb and a noun, such as create_note' : 'lower-case words, such as note')
    .option('--title <text>', 'name shown to people (default: from the name)')
    .option('--when <text>', 'when a model should use it: "Call this to ..."')
    .option('--field <fields...>', 'its arguments, each name:type[:required]')
    .option('--scope <scopes...>', 'the scopes a caller must have');
  if (type !== 'prompt') command.option('--returns <text>', 'what comes back');
  return withOutput(command.option('-y, --yes', 'defaults for everything not given'))
    .addHelpText('after', examples[type])
    .action((name: string | undefined) =>
      choose(async (io, report) => {
        const { add } = await import('../add.ts');
        return add(type, name, command.opts<AddFlags>(), io, report);
      }),
    );
}

function openapiCommand(choose: Choose): Command {
  const command = new Command('openapi')
    .description('Add tools that call an API, one for each operation you pick from its OpenAPI 3 document.')
    .argument('<file>', 'the document, JSON or YAML')
    .option('--list', 'show the operations, write nothing')
    .option('--operation <ids...>', "what to take: a name that --list shows, an operationId, or 'GET /path'; =name behind it names the tool")
    .option('--upstream <name>', 'the name of the API here (default: from its title)')
    .option('--base-url <url>', 'where it is (default: the first server of the document)')
    .option('--scope <scopes...>', 'the scopes a caller must have (default: <name of the API>:read and :write)');
  return withOutput(command)
    .addHelpText(
      'after',
      `
At most 15 tools: with more a model takes the wrong one. What a model reads comes from the document, so read it before anyone calls it.

Examples:
  $ mcp-gen add openapi crm.yaml --list
  $ mcp-gen add openapi crm.yaml --operation list_customers 'POST /customers=create_customer' --upstream crm`,
    )
    .action((file: string) =>
      choose(async (io, report) => {
        const { addOpenapi } = await import('../openapi.ts');
        return addOpenapi(file, command.opts<OpenapiFlags>(), io, report);
      }),
    );
}

function deployCommand(choose: Choose): Command {
  const targets = answerFlags.find(({ key }) => key === 'deploy')?.choices ?? [];
  const command = new Command('deploy').description('Add a place where the server runs: its files, and what it changes in ours.').argument('[target]', targets.join(', '));
  return withOutput(command)
    .addHelpText(
      'after',
      `
The repository becomes what create would have made with --deploy and this target too. A file that you have edited stays as it is, and
what it would have got is shown. Adding a target twice does nothing.

Examples:
  $ mcp-gen add deploy systemd
  $ mcp-gen add deploy kubernetes --diff`,
    )
    .action((target: string | undefined) =>
      choose(async (io, report) => {
        const { addDeploy } = await import('../add-deploy.ts');
        return addDeploy(target, command.opts<DeployFlags>(), io, report);
      }),
    );
}

function observabilityCommand(choose: Choose): Command {
  const command = new Command('observability').description('Add a Grafana dashboard, Prometheus alert rules and a collector for the metrics of this server.');
  return withOutput(command).action(() =>
    choose(async (io, report) => {
      const { addObservability } = await import('../observability.ts');
      return addObservability(command.opts<ExtendFlags>(), io, report);
    }),
  );
}

/** Flags of everything that writes into a repository. */
function withOutput(command: Command): Command {
  return command
    .option('--dry-run', 'list the files, write nothing')
    .option('--diff', 'like --dry-run, with the contents')
    .option('--json', 'one JSON document on stdout, no questions')
    .option('--no-interactive', 'never ask');
}
