// @ts-nocheck -- compiled inside a generated repo by sessions/world.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { happened, wait } from '../effects.js';

export default defineTool({
  name: 'spend_money',
  title: 'Spend money',
  when: 'Call this to spend a named amount, for real.',
  returns: 'The name.',
  effect: 'write',
  blastRadius: 'one line.',
  input: z.strictObject({ name: z.string().max(100), ms: z.int().min(0).max(20_000).default(0) }),
  output: z.object({ name: z.string() }),
  async run({ name, ms }) {
    await wait(ms);
    happened(`spent ${name}`);
    return { name };
  },
});
