import { fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withCalls } from '../subject.ts';

/** Fields without which nobody can explain a call six hours later. */
const needed = ['ts', 'correlation_id', 'tenant_id', 'user_id', 'agent_id', 'tool', 'decision', 'status', 'duration_ms'];

export const audit: Rule = {
  id: 'audit',
  part: 'checklist',
  title: 'Audit log',
  why: 'Without a record per call nobody can say who did what, or that nobody did.',
  check(subject) {
    return withCalls(subject, ({ canary, logs, answers, classes }) => {
      const records = logs.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>).filter(({ event, phase }) => event === 'mcp.audit' && phase !== 'attempt');
      // The call of an unknown tool is none.
      const calls = Object.keys(answers).length - 1 + classes.length;
      const mend = 'git checkout -- src/platform/observe src/platform/call';
      if (records.length !== calls) return fail(`${calls} calls left ${records.length} audit records`, [{ text: 'one line with "event":"mcp.audit" is expected per call, denied and failed ones too' }], mend);
      const lacking = needed.filter((field) => records.some((record) => !(field in record)));
      if (lacking.length > 0) return fail(`audit records lack ${lacking.join(', ')}`, [{ text: JSON.stringify(records[0]) }], mend);
      if (!records.some(({ decision }) => decision === 'deny')) return fail('a refused call leaves no denial', [{ text: answers.scope.request }], mend);
      const leak = logs.find((line) => line.includes(canary));
      if (leak !== undefined) return fail('an argument or an error text is logged as it is', [{ text: leak.slice(0, 300) }], mend);
      return pass(`${calls} calls left ${records.length} records, the denied one among them; arguments as keyed hashes only`, [{ text: JSON.stringify(records[0]).slice(0, 300) }]);
    });
  },
};
