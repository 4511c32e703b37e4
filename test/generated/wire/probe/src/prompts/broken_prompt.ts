// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { definePrompt } from '../mcp.js';
import { dsn } from '../effects.js';
import { failAs, Kind } from '../failure.js';

export default definePrompt({
  name: 'broken_prompt',
  title: 'Broken',
  when: 'Never.',
  args: z.strictObject({ kind: Kind }),
  complete: {
    kind(typed) {
      if (typed === 'boom') throw new Error(dsn());
      return ['error'];
    },
  },
  build: ({ kind }) => failAs(kind),
});
