// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool, ToolError } from '../mcp.js';
import { dsn, happened, wait } from '../effects.js';

export default defineTool({
  name: 'spend_money',
  title: 'spend_money',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'write',
  blastRadius: 'counts one.',
  timeoutMs: 8000,
  input: z.strictObject({ name: z.string().max(100), amount: z.int().min(0).max(100).default(1), ms: z.int().min(0).max(5000).default(0), table: z.record(z.string().max(9), z.number().min(0).max(9)).optional(), fail: z.enum(['no', 'permanent', 'error', 'late']).default('no') }),
  output: z.object({ times: z.number(), key: z.string(), amount: z.number() }),
  // Long enough for calls at the same time to have looked for the key before one of them claims it.
  check: () => wait(15),
  async run({ name, amount, ms, fail }, { idempotencyKey }) {
    if (fail === 'permanent') throw ToolError.permanent('Nothing was done.');
    await wait(ms);
    const times = happened(name);
    if (fail === 'error') throw new Error(dsn());
    return { times, key: idempotencyKey, amount };
  },
});
