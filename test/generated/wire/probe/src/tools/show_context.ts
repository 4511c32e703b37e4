// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'show_context',
  title: 'show_context',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({}),
  output: z.object({ keys: z.array(z.string()), principal: z.any() }),
  run: (_args, context) => ({ keys: Object.keys(context).toSorted(), principal: context.principal }),
});
