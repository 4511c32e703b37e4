// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool, ToolError } from '../mcp.js';
import { effects, happened } from '../effects.js';

export default defineTool({
  name: 'wipe_value',
  title: 'wipe_value',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'destructive',
  blastRadius: 'removes one value.',
  failsWhen: 'there is no such value.',
  input: z.strictObject({ name: z.string().max(100) }),
  output: z.object({ wiped: z.boolean() }),
  check({ name }) {
    if (!effects.has(name)) throw ToolError.notFound('There is no such value.');
  },
  confirm: ({ name }) => `Wipe \u001b[31m${name}\u001b[0m\u202e for\u200b good?\u0007`,
  run({ name }) {
    happened('wipe_value');
    if (name === 'the server') process.kill(process.pid, 'SIGKILL');
    return { wiped: effects.delete(name) };
  },
});
