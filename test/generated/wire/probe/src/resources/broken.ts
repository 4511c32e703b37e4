// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
import * as z from 'zod';
import { defineResource } from '../mcp.js';
import { dsn } from '../effects.js';
import { failAs, Kind } from '../failure.js';

export default defineResource({
  name: 'broken',
  title: 'Broken',
  uri: 'probe://broken/{kind}',
  when: 'Never.',
  returns: 'Nothing.',
  params: z.strictObject({ kind: Kind }),
  output: z.object({ value: z.number(), note: z.any().optional() }),
  list() {
    if (process.env.PROBE_LIST === 'throws') throw new Error(dsn());
    return [];
  },
  complete: {
    kind(typed) {
      if (typed === 'boom') throw new Error(dsn());
      return Kind.options.filter((kind) => kind.startsWith(typed));
    },
  },
  read: ({ kind }) => failAs(kind),
});
