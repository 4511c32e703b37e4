// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { happened, wait } from '../effects.js';

export default defineTool({
  name: 'check_slowly',
  title: 'check_slowly',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'write',
  idempotency: 'natural',
  blastRadius: 'counts one.',
  timeoutMs: 200,
  input: z.strictObject({ name: z.string().max(100) }),
  output: z.object({ times: z.number() }),
  async check({ name }) {
    await wait(500);
    happened(`${name}.checked`);
  },
  run: ({ name }) => ({ times: happened(name) }),
});
