// @ts-nocheck -- compiled inside a generated repo by sessions/world.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

const Kept = z.object({ word: z.string() });

export default defineTool({
  name: 'recall_word',
  title: 'Recall word',
  when: 'Call this to hear a word again, to change it, or to forget it.',
  returns: 'The word.',
  effect: 'read',
  input: z.strictObject({ handle: z.string().max(100), act: z.enum(['read', 'write', 'delete']).default('read') }),
  output: z.object({ word: z.string() }),
  async run({ handle, act }, { state }) {
    const { word } = await state.read(handle, Kept);
    if (act === 'write') await state.write(handle, { word: `${word}!` });
    if (act === 'delete') await state.delete(handle);
    return { word };
  },
});
