// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { failAs, Kind } from '../failure.js';

export default defineTool({
  name: 'fail_as',
  title: 'fail_as',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({ kind: Kind, secret: z.string().max(200).optional() }),
  output: z.object({ value: z.number(), note: z.any().optional() }),
  run: ({ kind }) => failAs(kind),
});
