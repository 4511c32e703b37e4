// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineResource } from '../mcp.js';

export default defineResource({
  name: 'fixed',
  title: 'Fixed',
  uri: 'probe://fixed',
  when: 'Read this for a constant.',
  returns: 'A text.',
  mimeType: 'text/plain',
  params: z.strictObject({}),
  output: z.string(),
  read: () => 'constant',
});
