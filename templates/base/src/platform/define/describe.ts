import type { ToolAnnotations } from '@modelcontextprotocol/server';
import type { Effect } from './tool.js';

interface DescribedParts {
  readonly when: string;
  readonly returns: string;
  readonly failsWhen?: string;
  readonly effect: Effect;
  readonly blastRadius?: string;
}

/** Composes what a model reads before it chooses a tool: when to call, what comes back, what can go wrong, what changes. */
export function describeTool({ when, returns, failsWhen, effect, blastRadius }: DescribedParts): string {
  return [
    when,
    `Returns: ${returns}`,
    failsWhen && `Fails when: ${failsWhen}`,
    blastRadius && `${effect === 'destructive' ? 'Destroys data' : 'Changes data'}: ${blastRadius}`,
  ]
    .filter(Boolean)
    .join('\n');
}

/** Hints for clients. Every effect is idempotent: through the key, or by nature. */
export function annotate(title: string, effect: Effect): ToolAnnotations {
  return {
    title,
    readOnlyHint: effect === 'read',
    destructiveHint: effect === 'destructive',
    idempotentHint: true,
    openWorldHint: false,
  };
}
