// @ts-nocheck -- compiled inside a generated repo by wire/slow.test.ts
import * as z from 'zod';
import { definePrompt } from '../mcp.js';

export default definePrompt({
  name: 'long_prompt',
  title: 'long_prompt',
  when: 'Use this only in a test of the platform.',
  timeoutMs: 25_001,
  args: z.strictObject({}),
  build: () => 'long',
});
