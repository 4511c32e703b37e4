// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'leak_output',
  title: 'leak_output',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  cost: 0,
  input: z.strictObject({}),
  output: z.object({ id: z.string(), inner: z.object({ name: z.string() }) }),
  run: () => ({ id: 'x', password: process.env.CANARY, inner: { name: 'n', ssn: process.env.CANARY } }),
});
