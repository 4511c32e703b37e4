// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'log_noise',
  title: 'log_noise',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  cost: 40,
  input: z.strictObject({}),
  output: z.object({ value: z.number() }),
  run() {
    for (const method of ['log', 'info', 'debug', 'warn', 'error', 'table', 'dir']) console[method]({ noise: method });
    console.group('noise');
    console.trace('noise');
    return { value: 1 };
  },
});
