// @ts-nocheck -- compiled inside a generated repo by limits/limits.test.ts
import * as z from 'zod';
import { defineResource } from '../mcp.js';
import { wait } from '../effects.js';

export default defineResource({
  name: 'slow_resource',
  title: 'Slow resource',
  uri: 'probe://slow/{ms}',
  when: 'Read this only in a test of the platform.',
  returns: 'How long it has taken.',
  params: z.strictObject({ ms: z.string().max(10) }),
  output: z.string(),
  async read({ ms }, { signal }) {
    await wait(Number(ms), signal);
    return ms;
  },
});
