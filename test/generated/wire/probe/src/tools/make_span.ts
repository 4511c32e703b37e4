// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import { trace } from '@opentelemetry/api';
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'make_span',
  title: 'make_span',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({}),
  output: z.object({ value: z.number() }),
  run: () => trace.getTracer('probe').startActiveSpan('probe.work', (span) => {
    span.end();
    return { value: 1 };
  }),
});
