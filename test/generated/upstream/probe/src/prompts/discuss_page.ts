// @ts-nocheck -- compiled inside a generated repo by upstream/upstream.test.ts
import * as z from 'zod';
import { definePrompt } from '../mcp.js';

export default definePrompt({
  name: 'discuss_page',
  title: 'Discuss a page',
  when: 'Use this to talk about what an API has at a path.',
  args: z.strictObject({ path: z.string().max(50).describe('Path at the API') }),
  build: async ({ path }, { upstream }) => (await upstream('crm').fetch(`/${path}`)).text(),
});
