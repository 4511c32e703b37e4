import { Command } from 'commander';
import { addCommand } from './add.ts';
import { callCommand } from './call.ts';
import { checkCommand } from './check.ts';
import { completeCommand, suggestCommand } from './complete.ts';
import { createCommand } from './create.ts';
import { explainCommand } from './explain.ts';
import { connectCommand, infoCommand } from './info.ts';
import { renderCommand } from './render.ts';
import { syncCommand } from './sync.ts';
import type { Choose } from './task.ts';

/** `mcp-gen` with all its commands: what `create-mcp-server` need not load. */
export function mcpGen(choose: Choose): Command {
  return new Command('mcp-gen')
    .description('Create an MCP server repository and keep it easy to extend.')
    .addCommand(createCommand('create', choose))
    .addCommand(addCommand(choose))
    .addCommand(syncCommand(choose))
    .addCommand(callCommand(choose))
    .addCommand(checkCommand(choose))
    .addCommand(infoCommand(choose))
    .addCommand(connectCommand(choose))
    .addCommand(explainCommand(choose))
    .addCommand(completeCommand(choose))
    .addCommand(suggestCommand(choose), { hidden: true })
    .addCommand(renderCommand(choose), { hidden: true });
}
