// @ts-nocheck -- takes the place of src/server.ts in a generated repo (sessions/world.ts)
import * as z from 'zod';
import manifest from '../package.json' with { type: 'json' };

export const identity = { name: 'sessions', title: 'Sessions', version: manifest.version, description: 'Tools that need a session.', instructions: 'For tests.' };

const Change = z.strictObject({ kind: z.string(), uri: z.string().optional() });
const Word = z.strictObject({ word: z.string() });

export const register = (server, { publish }) => {
  server.server.registerCapabilities({ logging: {}, tools: { listChanged: true }, resources: { listChanged: true, subscribe: true } });
  server.registerTool('publish_change', { description: 'Announces a change.', inputSchema: Change }, ({ kind, uri }) => {
    publish({ kind, ...(uri && { uri }) });
    return { content: [] };
  });
  server.registerTool('let_go', { description: 'Closes its own stream, and answers a moment later.', inputSchema: Word }, async ({ word }, { http, mcpReq }) => {
    http?.closeSSE?.();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await mcpReq.log('warning', `${word} on the way`);
    return { content: [{ type: 'text', text: word }] };
  });
  server.registerTool('speak_up', { description: 'Sends a log message and a question that name no request.', inputSchema: Word }, async ({ word }) => {
    await server.server.sendLoggingMessage({ level: 'warning', data: word });
    const { action } = await server.server.elicitInput({ message: word, requestedSchema: { type: 'object', properties: {} } });
    return { content: [{ type: 'text', text: action }] };
  });
  server.registerTool('flood', { description: 'Logs more than anybody keeps for a client that does not read.', inputSchema: z.strictObject({}) }, async (_args, { mcpReq }) => {
    for (let at = 0; at < 90; at++) await mcpReq.log('warning', `${at} ${'x'.repeat(200_000)}`);
    return { content: [{ type: 'text', text: 'flooded' }] };
  });
  server.registerTool('burst', { description: 'Logs thirty messages at once.', inputSchema: z.strictObject({}) }, async (_args, { mcpReq }) => {
    await Promise.all(Array.from({ length: 30 }, (_, at) => mcpReq.log('warning', at)));
    return { content: [] };
  });
  server.registerTool('log_levels', { description: 'Logs on every level.', inputSchema: z.strictObject({}) }, async (_args, { mcpReq }) => {
    for (const level of ['debug', 'info', 'warning', 'error']) await mcpReq.log(level, level);
    return { content: [] };
  });
};
