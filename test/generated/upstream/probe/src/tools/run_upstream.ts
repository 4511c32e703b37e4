// @ts-nocheck -- compiled inside a generated repo by upstream/upstream.test.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'run_upstream',
  title: 'Run an upstream',
  when: 'Call this to use what is no HTTP API.',
  returns: 'Whether it was told to stop.',
  effect: 'read',
  input: z.strictObject({ name: z.string().max(50), ms: z.int().max(10_000) }),
  output: z.object({ stopped: z.boolean() }),
  async run({ name, ms }, { upstream }) {
    return upstream(name).run(async (signal) => {
      const stopped = await new Promise((resolve, reject) => {
        setTimeout(() => resolve(signal.aborted), ms);
        signal.addEventListener('abort', () => reject(signal.reason));
      });
      return { stopped };
    });
  },
});
