// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { happened, wait } from '../effects.js';

export default defineTool({
  name: 'slow_call',
  title: 'slow_call',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({ ms: z.int().min(0).max(20000), name: z.string().max(100) }),
  output: z.object({ name: z.string() }),
  async run({ ms, name }, { signal }) {
    happened(`${name}.started`);
    try {
      await wait(ms, signal);
    } catch (error) {
      happened(`${name}.aborted`);
      throw error;
    }
    happened(`${name}.finished`);
    return { name };
  },
});
