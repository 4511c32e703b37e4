import { writeFileSync } from 'node:fs';
import path from 'node:path';

const WORK = `import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'do_work',
  title: 'Do work',
  when: 'Call this to have something done that takes time.',
  returns: 'Who has done it.',
  effect: 'read',
  scopes: ['notes:read'],
  input: z.strictObject({ ms: z.int().min(0).max(30_000).default(0), file: z.string().max(200).optional() }),
  output: z.object({ pid: z.number() }),
  async run({ ms, file }, { progress }) {
    await progress(1, 2, 'begun');
    while (file !== undefined && !existsSync(file)) await wait(20);
    await wait(ms);
    return { pid: process.pid };
  },
});
`;

const SPEND = `import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { defineTool } from '../mcp.js';

export default defineTool({
  name: 'spend_slowly',
  title: 'Spend slowly',
  when: 'Call this to spend something and be long about it.',
  returns: 'Nothing.',
  effect: 'write',
  scopes: ['notes:write'],
  blastRadius: 'one line.',
  input: z.strictObject({ file: z.string().max(200) }),
  output: z.object({}),
  async run({ file }) {
    appendFileSync(file, \`\${process.pid}\\n\`);
    await wait(20_000);
    return {};
  },
});
`;

/** Gives a repo a tool that takes its time, and one whose effect shows who had it. The caller writes the index anew. */
export function addTools(repo: string): void {
  writeFileSync(path.join(repo, 'src/tools/do_work.ts'), WORK);
  writeFileSync(path.join(repo, 'src/tools/spend_slowly.ts'), SPEND);
}
