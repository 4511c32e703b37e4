// @ts-nocheck -- compiled inside a generated repo by wire/slow.test.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

/** Calls that wait, by name. */
export const waiting = new Map();

export default defineTool({
  name: 'long_call',
  title: 'long_call',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  timeoutMs: 60_000,
  input: z.strictObject({ name: z.string().max(100), go: z.boolean().default(false), bad: z.int().max(1).optional() }),
  output: z.object({ name: z.string() }),
  async run({ name, go }, { signal }) {
    if (go) waiting.get(name)?.();
    else {
      await new Promise((resolve, reject) => {
        waiting.set(name, resolve);
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    }
    return { name };
  },
});
