// @ts-nocheck -- compiled inside a generated repo by sessions/world.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { happened, wait } from '../effects.js';

export default defineTool({
  name: 'take_steps',
  title: 'Take steps',
  when: 'Call this to take steps, one by one, and hear of each.',
  returns: 'How many, and your own word.',
  effect: 'read',
  input: z.strictObject({ word: z.string().max(100), steps: z.int().min(0).max(100), ms: z.int().min(0).max(5_000) }),
  output: z.object({ word: z.string(), steps: z.number() }),
  async run({ word, steps, ms }, { progress, signal }) {
    signal.addEventListener('abort', () => happened(`cancelled ${word}`));
    happened(`started ${word}`);
    for (let step = 1; step <= steps; step++) {
      await wait(ms, signal);
      await progress(step, steps, word);
    }
    happened(`finished ${word}`);
    return { word, steps };
  },
});
