// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool, partial } from '../mcp.js';

export default defineTool({
  name: 'partial_work',
  title: 'partial_work',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({}),
  output: z.object({ status: z.enum(['deployed', 'deployed_unhealthy']), done: z.number() }),
  run: () => partial({ status: 'deployed_unhealthy', done: 8 }, { failed: [{ id: 'a', message: 'is locked' }, { id: 'b', message: 'is gone' }] }),
});
