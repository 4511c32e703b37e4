// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'block_loop',
  title: 'block_loop',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({ ms: z.int().min(0).max(20000) }),
  output: z.object({ value: z.number() }),
  limits: { perMinute: 3 },
  run({ ms }) {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return { value: 1 };
  },
});
