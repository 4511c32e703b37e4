// @ts-nocheck -- compiled inside a generated repo by upstream/upstream.test.ts
import * as z from 'zod';
import { defineResource } from '../mcp.js';

export default defineResource({
  name: 'page',
  title: 'A page of an API',
  uri: 'page://{path}',
  when: 'Read this to get what an API has at a path.',
  returns: 'Its text.',
  params: z.strictObject({ path: z.string().max(50) }),
  output: z.object({ text: z.string() }),
  read: async ({ path }, { upstream }) => ({ text: await (await upstream('crm').fetch(`/${path}`)).text() }),
});
