// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { dsn } from '../effects.js';

export default defineTool({
  name: 'report_progress',
  title: 'report_progress',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({ fail: z.boolean().default(false) }),
  output: z.object({ value: z.number() }),
  async run({ fail }, { progress }) {
    for (const done of [1, 2, 2, 1, 3]) await progress(done, 3, `step ${done}`);
    if (fail) throw new Error(dsn());
    setTimeout(() => void progress(4, 4), 20);
    return { value: 3 };
  },
});
