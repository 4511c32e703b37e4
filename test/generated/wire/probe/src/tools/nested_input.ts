// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool, ToolError } from '../mcp.js';
import { happened } from '../effects.js';

export default defineTool({
  name: 'nested_input',
  title: 'nested_input',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({
    mode: z.enum(['fast', 'careful']),
    inner: z.strictObject({ items: z.array(z.strictObject({ count: z.int().min(0).max(100), id: z.string().regex(/^[a-z-]{3,64}$/) })).max(100) }),
    table: z.record(z.string().max(50), z.number()).optional(),
    number: z.number().min(-1e15).max(1e15).optional(),
    start: z.iso.date().optional(),
    end: z.iso.date().optional(),
    anything: z.any().optional(),
  }),
  output: z.object({ keys: z.array(z.string()), polluted: z.boolean() }),
  check({ start, end }) {
    if (start && end && start > end) throw ToolError.validation('start must not be after end.', { hint: 'Swap them.', fieldErrors: [{ path: 'start', message: 'after end' }] });
  },
  run(args) {
    happened('nested_input');
    const copy = { ...args, ...args.table };
    return { keys: Object.keys(copy), polluted: 'polluted' in {} };
  },
});
