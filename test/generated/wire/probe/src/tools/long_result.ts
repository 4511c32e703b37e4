// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { happened } from '../effects.js';

export default defineTool({
  name: 'long_result',
  title: 'long_result',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'write',
  blastRadius: 'a counter',
  input: z.strictObject({ length: z.int().min(0).max(5_000_000) }),
  output: z.object({ text: z.string() }),
  run({ length }) {
    happened('long_result');
    return { text: 'x'.repeat(length) };
  },
});
