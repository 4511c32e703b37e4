// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool, ToolError } from '../mcp.js';

export default defineTool({
  name: 'try_out',
  title: 'try_out',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'destructive',
  blastRadius: 'changes some values.',
  dryRun: true,
  input: z.strictObject({ name: z.string().max(100), how: z.enum(['write', 'deep', 'swallow', 'go on', 'nothing', 'refuse', 'fail']).default('write') }),
  output: z.object({ value: z.number(), dry: z.boolean() }),
  check({ how }) {
    if (how === 'refuse') throw ToolError.notFound('There is nothing to change.');
  },
  confirm: ({ name }) => `Change ${name}?`,
  async run({ name, how }, { write, read, dryRun }) {
    const value = (read.effects.get(name) ?? 0) + 1;
    if (how === 'fail') throw ToolError.permanent('Not like this.');
    if (how === 'deep') await write.notes.create({ text: name, key: name });
    else if (how === 'swallow') {
      try {
        write.effects.set(name, value);
      } catch {
        throw ToolError.permanent('The tool has its own idea of what went wrong.');
      }
      write.effects.set(`${name} again`, value);
    } else if (how === 'go on') {
      try {
        write.effects.set(name, value);
      } catch {
        await write.notes.create({ text: name, key: name });
      }
    } else if (how === 'write') write.effects.set(name, value);
    return { value, dry: dryRun };
  },
});
