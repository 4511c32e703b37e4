import { counted, exchange, fail, pass, unknown } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { objectOf, withTools } from '../subject.ts';

export const idempotency: Rule = {
  id: 'idempotency',
  part: 'checklist',
  title: 'Idempotency on writes',
  why: 'Agents retry after every timeout: without a key, one payment becomes two.',
  check(subject) {
    return withTools(subject, (tools) => {
      const writing = tools.filter(({ effect }) => effect !== 'read');
      const keyed = writing.filter(({ inputSchema }) => objectOf(inputSchema['properties'])['idempotency_key'] !== undefined);
      const natural = writing.filter((tool) => !keyed.includes(tool) && (tool.isAlias || /idempotency: ['"]natural['"]/.test(subject.repo.read(tool.file) ?? '')));
      const bare = writing.filter((tool) => !keyed.includes(tool) && !natural.includes(tool));
      if (bare.length > 0) return fail(`${bare.map(({ name }) => name).join(', ')}: has an effect and takes no idempotency_key`, bare.map(({ file }) => ({ at: subject.at(file, /effect:/), text: 'no idempotency_key in its input' })), "idempotency: 'key',   // or 'natural', when calling twice equals calling once");
      const { calls, callsFault } = subject.inspection;
      if (calls === undefined) return unknown(`that a retry has no second effect was not tried: ${callsFault ?? 'the server could not be started in memory'}`);
      const { first, again, otherArguments, withoutKey } = calls.answers;
      const seen = [exchange(first), exchange(again), exchange(otherArguments), exchange(withoutKey)];
      const once = first.output?.['count'] === 1 && again.output?.['count'] === 1;
      if (!once || otherArguments.error?.['error_class'] !== 'conflict' || withoutKey.error?.['error_class'] !== 'validation') return fail('a retried write has its effect again, or a key can be used twice', seen, 'git checkout -- src/platform/call src/platform/state');
      return pass(`${counted(writing.length, 'writing tool')}: ${keyed.length} by key, ${natural.length} by nature; a retry was answered without a second effect`, seen);
    });
  },
};
