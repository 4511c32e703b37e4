// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { happened } from '../effects.js';
import { failAs, Kind } from '../failure.js';

export default defineTool({
  name: 'fail_in_check',
  title: 'fail_in_check',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({ kind: Kind }),
  output: z.object({ value: z.number() }),
  async check({ kind }) {
    await failAs(kind);
  },
  run: () => ({ value: happened('fail_in_check') }),
});
