// @ts-nocheck -- compiled inside a generated repo by upstream/upstream.test.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'ask_upstream',
  title: 'Ask an upstream',
  when: 'Call this to send one request to an API.',
  returns: 'Status and text of its answer.',
  effect: 'read',
  openWorld: true,
  input: z.strictObject({ name: z.string().max(50), path: z.string().max(500), method: z.string().max(10).default('GET'), key: z.string().max(50).optional(), whole: z.boolean().default(false) }),
  output: z.object({ status: z.number(), text: z.string() }),
  async run({ name, path, method, key, whole }, { upstream }) {
    const body = method === 'POST' ? 'body' : undefined;
    const init = { method, body, headers: key ? { 'idempotency-key': key } : {} };
    const response = whole ? await upstream(name).fetch(new Request(path, init)) : await upstream(name).fetch(path, init);
    return { status: response.status, text: await response.text() };
  },
});
