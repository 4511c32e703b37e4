// @ts-nocheck -- compiled inside a generated repo by sessions/world.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'remember_word',
  title: 'Remember word',
  when: 'Call this to keep a word for later.',
  returns: 'A handle.',
  effect: 'read',
  input: z.strictObject({ word: z.string().max(100) }),
  output: z.object({ handle: z.string() }),
  run: async ({ word }, { state }) => ({ handle: await state.create({ word }) }),
});
