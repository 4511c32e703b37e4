// @ts-nocheck -- compiled inside a generated repo by sessions/world.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { happened } from '../effects.js';

export default defineTool({
  name: 'wipe_value',
  title: 'Wipe value',
  when: 'Call this to wipe a value for good.',
  returns: 'The name.',
  effect: 'destructive',
  blastRadius: 'one value.',
  input: z.strictObject({ name: z.string().max(100) }),
  output: z.object({ name: z.string() }),
  confirm: ({ name }) => `Wipe ${name}?`,
  run({ name }) {
    happened(`wiped ${name}`);
    return { name };
  },
});
