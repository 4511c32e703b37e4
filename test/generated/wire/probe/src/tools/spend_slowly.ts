// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { happened, wait } from '../effects.js';

export default defineTool({
  name: 'spend_slowly',
  title: 'spend_slowly',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'write',
  blastRadius: 'counts one.',
  timeoutMs: 300,
  input: z.strictObject({ name: z.string().max(100) }),
  output: z.object({ times: z.number() }),
  async run({ name }) {
    const times = happened(name);
    await wait(700);
    return { times };
  },
});
