// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import { inputRequired } from '@modelcontextprotocol/server';
import * as z from 'zod';
import manifest from '../package.json' with { type: 'json' };

export const identity = {
  name: 'probe',
  title: 'Probe',
  version: manifest.version,
  description: 'A server full of tools that misbehave.',
  instructions: 'Do not use.',
};

const None = z.strictObject({});

export const register = (server, { publish, requestState }) => {
  server.registerTool('ask_first', { description: 'Asks the user.', inputSchema: None }, () =>
    inputRequired({ inputRequests: { confirm: inputRequired.elicit({ message: 'Sure?', requestedSchema: { type: 'object', properties: {} } }) } }),
  );
  // Asks in one round and remembers in the next: nothing is kept in the process.
  server.registerTool('ask_and_remember', { description: 'Asks the user and remembers.', inputSchema: None }, async (_args, context) => {
    const remembered = context.mcpReq.requestState();
    if (remembered) return { content: [{ type: 'text', text: JSON.stringify(remembered) }] };
    const confirm = inputRequired.elicit({ message: 'Sure?', requestedSchema: { type: 'object', properties: {} } });
    return inputRequired({ inputRequests: { confirm }, requestState: await requestState.mint({ step: 1 }, context) });
  });
  server.registerTool('recall_other', { description: 'Answers with what another tool remembered.', inputSchema: None }, (_args, context) => ({
    content: [{ type: 'text', text: JSON.stringify(context.mcpReq.requestState()) }],
  }));
  server.registerTool('publish_change', { description: 'Announces a change.', inputSchema: None }, () => {
    publish({ kind: 'tools_list_changed' });
    return { content: [] };
  });
  server.registerTool('log_to_client', { description: 'Sends a log notification.', inputSchema: None }, async (_args, context) => {
    await context.mcpReq.log('info', 'hello');
    return { content: [] };
  });
};
