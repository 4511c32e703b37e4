// @ts-nocheck -- compiled inside a generated repo by upstream/upstream.test.ts
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'send_upstream',
  title: 'Send to an upstream',
  when: 'Call this to change something at an API.',
  returns: 'How far it came.',
  effect: 'write',
  blastRadius: 'one thing at the API.',
  openWorld: true,
  dryRun: true,
  input: z.strictObject({ how: z.enum(['POST', 'DELETE', 'post in a Request', 'run', 'HEAD']) }),
  output: z.object({ status: z.number() }),
  async run({ how }, { upstream }) {
    const crm = upstream('crm');
    await crm.fetch('/before', { method: 'GET' });
    if (how === 'run') return { status: await crm.run(async () => (await crm.fetch('/inside')).status) };
    // As SDKs do it that are generated from documents.
    if (how === 'post in a Request') return { status: (await crm.fetch(new Request(`${process.env.CRM_URL}/things`, { method: 'post' }))).status };
    return { status: (await crm.fetch('/things', { method: how })).status };
  },
});
