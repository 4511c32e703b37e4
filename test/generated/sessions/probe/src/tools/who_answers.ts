// @ts-nocheck -- compiled inside a generated repo by sessions/world.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'who_answers',
  title: 'Who answers',
  when: 'Call this to hear which instance answers, and your own word back.',
  returns: 'Both.',
  effect: 'read',
  input: z.strictObject({ word: z.string().max(100) }),
  output: z.object({ word: z.string(), instance: z.string() }),
  run: ({ word }) => ({ word, instance: globalThis.process?.env.INSTANCE ?? '' }),
});
