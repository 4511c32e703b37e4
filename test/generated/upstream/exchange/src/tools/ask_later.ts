// @ts-nocheck -- compiled inside a generated repo by upstream/exchange.test.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'ask_later',
  title: 'Ask an upstream later',
  when: 'Call this to send one request to an API after a while.',
  returns: 'Status of its answer.',
  effect: 'read',
  input: z.strictObject({ name: z.string().max(50), ms: z.int().max(20_000) }),
  output: z.object({ status: z.number() }),
  async run({ name, ms }, { upstream }) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { status: (await upstream(name).fetch('/x')).status };
  },
});
