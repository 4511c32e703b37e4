import { exchange, fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withCalls } from '../subject.ts';

const wanted = ['validation', 'not_found', 'permanent', 'transient', 'authorization', 'rate_limit', 'conflict'];

export const errorClasses: Rule = {
  id: 'error-classes',
  part: 'checklist',
  title: 'Error classes',
  why: 'An agent that can\'t tell a typo from an outage retries what it should correct; a raw error tells it your secrets.',
  check(subject) {
    return withCalls(subject, ({ canary, answers: { thrown, unknownTool }, classes }) => {
      const leak = [thrown, ...classes].find(({ answer }) => answer.includes(canary) || /postgres:|canary/.test(answer));
      if (leak !== undefined) return fail('what is thrown reaches the client word for word', [exchange(leak)], 'git checkout -- src/platform/call');
      if (thrown.error?.['error_class'] !== 'internal') return fail('an unexpected error has no class', [exchange(thrown)], 'git checkout -- src/platform/call');
      const wrong = classes.filter(({ error }, at) => error?.['error_class'] !== wanted[at] || typeof error?.['retryable'] !== 'boolean');
      if (wrong.length > 0) return fail('a class that a tool names does not reach the client', wrong.map(exchange), 'git checkout -- src/platform/call');
      if (unknownTool.rejected !== -32_602) return fail('an unknown tool is no protocol error', [exchange(unknownTool)], 'git checkout -- src/platform');
      return pass(`${wanted.length + 1} classes, each says whether a retry may help; what is unexpected stays inside`, [exchange(thrown)]);
    });
  },
};
