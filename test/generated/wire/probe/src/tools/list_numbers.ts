// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { Cursor, defineTool } from '../mcp.js';

export default defineTool({
  name: 'list_numbers',
  title: 'list_numbers',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({ query: z.string().max(100), limit: z.int().min(1).max(10).default(1), cursor: Cursor.optional(), length: z.int().min(0).max(5000).optional() }),
  output: z.object({ start: z.string(), nextCursor: Cursor.optional() }),
  async run({ cursor, length }, { cursors }) {
    const start = await cursors.read(cursor);
    return { start: start ?? '', nextCursor: await cursors.write(start === 'end' ? undefined : length ? 'x'.repeat(length) : 'Zwölf 🗒 <12>') };
  },
});
