// @ts-nocheck -- compiled inside a generated repo by upstream/upstream.test.ts
import * as z from 'zod';
import { defineTool, partial } from '../mcp.js';

export default defineTool({
  name: 'save_many',
  title: 'Save many things',
  when: 'Call this to save many things at an API.',
  returns: 'How many were saved.',
  effect: 'write',
  blastRadius: 'as many things as are named.',
  openWorld: true,
  input: z.strictObject({ ids: z.array(z.string().max(20)).max(20), broken: z.array(z.string().max(20)).max(20) }),
  output: z.object({ saved: z.number() }),
  async run({ ids, broken }, { upstream }) {
    const failed = [];
    for (const id of ids) {
      const { status } = await upstream('crm').fetch(broken.includes(id) ? '/later' : `/things/${id}`, { method: 'POST' });
      if (status !== 200) failed.push({ id, message: `Answered ${status}.` });
    }
    return partial({ saved: ids.length - failed.length }, { failed });
  },
});
