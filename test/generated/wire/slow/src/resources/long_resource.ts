// @ts-nocheck -- compiled inside a generated repo by wire/slow.test.ts
import * as z from 'zod';
import { defineResource } from '../mcp.js';

export default defineResource({
  name: 'long_resource',
  title: 'long_resource',
  uri: 'probe://long/{id}',
  when: 'Read this only in a test of the platform.',
  returns: 'Something.',
  timeoutMs: 25_001,
  params: z.strictObject({ id: z.string().max(10) }),
  output: z.string(),
  read: ({ id }) => id,
});
