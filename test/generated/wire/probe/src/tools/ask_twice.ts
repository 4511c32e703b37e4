// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { happened } from '../effects.js';

export default defineTool({
  name: 'ask_twice',
  title: 'ask_twice',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'write',
  blastRadius: 'counts one.',
  input: z.strictObject({ name: z.string().max(100), late: z.boolean().default(false) }),
  output: z.object({ colour: z.string(), size: z.number() }),
  async run({ name, late }, { ask, write }) {
    happened(`${name}.runs`);
    if (late) write.effects.set(name, 1);
    const { colour } = await ask(z.strictObject({ colour: z.enum(['red', 'green']) }).describe('Which colour?'));
    const { size } = await ask(z.strictObject({ size: z.int().min(1).max(9) }), `Which size for ${colour}?`);
    write.effects.set(name, (write.effects.get(name) ?? 0) + 1);
    return { colour, size };
  },
});
