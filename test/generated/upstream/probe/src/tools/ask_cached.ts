// @ts-nocheck -- compiled inside a generated repo by upstream/upstream.test.ts
import * as z from 'zod';
import { defineTool, stale, ToolError } from '../mcp.js';

let kept;

export default defineTool({
  name: 'ask_cached',
  title: 'Ask an upstream, or its last answer',
  when: 'Call this to ask an API that may be down.',
  returns: 'Its answer.',
  effect: 'read',
  openWorld: true,
  input: z.strictObject({ path: z.string().max(100) }),
  output: z.object({ text: z.string() }),
  async run({ path }, { upstream }) {
    const response = await upstream('based').fetch(path).catch(() => undefined);
    if (response?.ok) kept = { text: await response.text(), at: new Date() };
    else if (kept) return stale({ text: kept.text }, { asOf: kept.at });
    else throw ToolError.transient('Nothing is known yet.');
    return { text: kept.text };
  },
});
