// @ts-nocheck -- compiled inside a generated repo by sessions/world.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'ask_colour',
  title: 'Ask colour',
  when: 'Call this to ask the user for a colour, and then for a size.',
  returns: 'Both, and your own word.',
  effect: 'read',
  input: z.strictObject({ word: z.string().max(100) }),
  output: z.object({ word: z.string(), colour: z.string(), size: z.number() }),
  async run({ word }, { ask }) {
    const { colour } = await ask(z.strictObject({ colour: z.string().max(50) }), `Which colour for ${word}?`);
    const { size } = await ask(z.strictObject({ size: z.int() }), `Which size for ${word}?`);
    return { word, colour, size };
  },
});
