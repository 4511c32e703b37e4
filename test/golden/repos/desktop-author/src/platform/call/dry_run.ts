import type { CallToolResult } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Upstream } from '../upstream/upstream.js';
import { toCallToolResult, withMeta } from './result.js';

/** Methods that change nothing (RFC 9110 section 9.2.1). */
const SAFE = new Set(['GET', 'HEAD']);

const Report = z.strictObject({
  dry_run: z.literal(true),
  would: z.string().describe('The first thing that would have been done; what follows depends on it'),
});

/** What a tool that can be tried out may answer. 2025-era clients take a schema only when its root says that it is an object. */
export function orReport(output: z.ZodType): z.ZodType {
  const either = z.union([output, Report]);
  return output instanceof z.ZodObject ? either.meta({ type: 'object' }) : either;
}

/** Leaves a handler where its first effect would be. */
class HeldBack extends Error {
  override readonly name = 'HeldBack';
}

/** A call that is only tried out: it reads, and stops at its first effect. */
export class DryRun {
  #would: string | undefined;

  /** @param effect - As the caller will read it. @throws always, before the effect */
  hold(effect: string): never {
    this.#would ??= effect;
    throw new HeldBack(`Held back: ${effect}`);
  }

  /** The same API, of which only is asked what changes nothing there. */
  guard(name: string, upstream: Upstream): Upstream {
    return {
      fetch: async (input, init) => {
        const method = (init?.method ?? (input instanceof Request ? input.method : 'GET')).toUpperCase();
        return SAFE.has(method) ? upstream.fetch(input, init) : this.hold(`${method} to ${name}`);
      },
      run: async () => this.hold(`work with ${name}`),
    };
  }

  /** The answer: what was held back, whatever the handler has made of that; else what it has come to. */
  async answer(work: () => Promise<CallToolResult>): Promise<CallToolResult> {
    const outcome = await work().catch((error: unknown) => {
      if (this.#would === undefined) throw error;
      return undefined;
    });
    const would = this.#would;
    const answer = outcome && would === undefined ? outcome : toCallToolResult({ dry_run: true, would }, {});
    return withMeta(answer, { 'mcp-gen/result': { completeness: 'dry_run' } });
  }
}
