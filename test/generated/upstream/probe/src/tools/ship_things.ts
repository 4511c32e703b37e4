// @ts-nocheck -- compiled inside a generated repo by upstream/upstream.test.ts
import * as z from 'zod';
import { defineTool, ToolError } from '../mcp.js';
import { runSteps, StepsResult } from '../steps.js';

export default defineTool({
  name: 'ship_things',
  title: 'Ship things',
  when: 'Call this to ship things in three steps.',
  returns: 'The steps that were done.',
  effect: 'write',
  blastRadius: 'one order.',
  openWorld: true,
  input: z.strictObject({ book: z.enum(['/moody', '/hang']) }),
  output: StepsResult,
  async run({ book }, context) {
    const post = (path) => async (key) => {
      const { status } = await context.upstream('crm').fetch(path, { method: 'POST', headers: { 'idempotency-key': key } });
      if (status !== 200) throw ToolError.transient('The API fails.');
    };
    return runSteps(context, { reserve: post('/reserve'), book: post(book), tell: post('/tell') });
  },
});
