// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { effects } from '../effects.js';

export default defineTool({
  name: 'count_effects',
  title: 'count_effects',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({ name: z.string().max(100) }),
  output: z.object({ times: z.number() }),
  run: ({ name }) => ({ times: effects.get(name) ?? 0 }),
});
