// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { effects } from '../effects.js';

export default defineTool({
  name: 'put_value',
  title: 'put_value',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'write',
  idempotency: 'natural',
  blastRadius: 'sets one value.',
  input: z.strictObject({ name: z.string().max(100), value: z.int().min(0).max(100) }),
  output: z.object({ value: z.number() }),
  run({ name, value }) {
    effects.set(name, value);
    return { value };
  },
});
