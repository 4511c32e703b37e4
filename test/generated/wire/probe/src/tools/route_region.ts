// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'route_region',
  title: 'route_region',
  when: 'Call this only in a test of the platform.',
  returns: 'Something.',
  effect: 'read',
  input: z.strictObject({ region: z.string().max(20).optional().meta({ 'x-mcp-header': 'Region' }), count: z.int().min(0).max(10).optional().meta({ 'x-mcp-header': 'Count' }) }),
  output: z.object({ value: z.number() }),
  run: () => ({ value: 1 }),
});
