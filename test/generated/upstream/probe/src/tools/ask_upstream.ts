// @ts-nocheck -- compiled inside a generated repo by upstream/upstream.test.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'ask_upstream',
  title: 'Ask an upstream',
  when: 'Call this to send one request to an API.',
  returns: 'Status and text of its answer.',
  effect: 'read',
  input: z.strictObject({ name: z.string().max(50), path: z.string().max(500), method: z.string().max(10).default('GET'), key: z.string().max(50).optional() }),
  output: z.object({ status: z.number(), text: z.string() }),
  async run({ name, path, method, key }, { upstream }) {
    const body = method === 'POST' ? 'body' : undefined;
    const response = await upstream(name).fetch(path, { method, body, headers: key ? { 'idempotency-key': key } : {} });
    return { status: response.status, text: await response.text() };
  },
});
