// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { dsn } from '../effects.js';

export default defineTool({
  name: 'crash_later',
  title: 'crash_later',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({ how: z.enum(['throw', 'reject', 'at once']) }),
  output: z.object({ value: z.number() }),
  run({ how }) {
    // Before what this turn of the event loop leaves to the next one.
    if (how === 'at once') setImmediate(() => { throw new Error(dsn()); });
    else setTimeout(() => {
      if (how === 'throw') throw new Error(dsn());
      void Promise.reject(new Error(dsn()));
    }, 50);
    return { value: 1 };
  },
});
