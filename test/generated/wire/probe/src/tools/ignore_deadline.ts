// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'ignore_deadline',
  title: 'ignore_deadline',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  timeoutMs: 200,
  input: z.strictObject({}),
  output: z.object({ value: z.number() }),
  run: () => new Promise(() => undefined),
});
