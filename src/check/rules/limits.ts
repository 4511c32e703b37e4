import { exchange, fail, inapplicable, pass, warn } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withCalls } from '../subject.ts';

export const limits: Rule = {
  id: 'limits',
  part: 'checklist',
  title: 'Per-tenant limits with surfaced quotas',
  why: 'An agent that loops takes the server, and its neighbours, down with it.',
  check(subject) {
    if (!subject.network) return inapplicable('stdio: one user, one process');
    return withCalls(subject, ({ limits: { many, neighbour } }) => {
      const first = many.find(({ error }) => error?.['error_class'] === 'rate_limit');
      if (first === undefined) return fail('a tenant may call without limit', [{ text: `RATE_LIMIT_TENANT_PER_MINUTE=3, ${many.length} calls of one tenant -> all were answered` }], 'git checkout -- src/platform');
      if (neighbour.isError !== false) return fail('one tenant uses up the calls of another', [exchange(neighbour)], 'git checkout -- src/platform');
      if (first.error?.['retry_after_seconds'] === undefined || !many.some(({ meta }) => meta?.['mcp-gen/budget'] !== undefined)) return warn('a tenant is limited, but not told how much is left', [exchange(first)]);
      return pass('a tenant that asks too often is refused and told when to come back; its neighbour is not', [exchange(first), exchange(neighbour)]);
    });
  },
};
