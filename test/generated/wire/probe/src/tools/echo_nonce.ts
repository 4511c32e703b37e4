// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';
import { wait } from '../effects.js';

export default defineTool({
  name: 'echo_nonce',
  title: 'echo_nonce',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({ nonce: z.string().max(100), ms: z.int().min(0).max(1000).default(0) }),
  output: z.object({ nonce: z.string(), correlation: z.string() }),
  async run({ nonce, ms }, { log, correlationId }) {
    await wait(ms);
    log.info('probe.echo', { ms });
    return { nonce, correlation: correlationId };
  },
});
