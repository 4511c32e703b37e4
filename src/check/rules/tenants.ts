import { exchange, fail, pass, unknown } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { objectOf, withTools } from '../subject.ts';

const tenantField = /^tenant(?:_?id)?$/i;

export const tenants: Rule = {
  id: 'tenants',
  part: 'checklist',
  title: 'Tenant isolation',
  why: 'A tenant that comes from an argument is whatever a model was talked into.',
  check(subject) {
    return withTools(subject, (tools) => {
      const named = tools.flatMap(({ file, inputSchema }) => Object.keys(objectOf(inputSchema['properties'])).filter((field) => tenantField.test(field)).map((field) => ({ at: subject.at(file, new RegExp(`\\b${field}\\b`)), text: `takes the argument ${field}` })));
      if (named.length > 0) return fail('a tool is told its tenant by an argument', named, 'async run(args, { principal }) { const { tenant } = principal; ... }');
      const { calls, callsFault } = subject.inspection;
      if (calls === undefined) return unknown(`two tenants were not tried: ${callsFault ?? 'the server could not be started in memory'}`);
      const { first, otherTenant } = calls.answers;
      if (otherTenant.output === undefined || otherTenant.output['count'] === first.output?.['count']) return fail('a tenant got the result of another', [exchange(first), exchange(otherTenant)], 'git checkout -- src/platform/call src/platform/state');
      return pass('no tool takes a tenant as an argument; the same idempotency_key of another tenant is another operation', [exchange(first), exchange(otherTenant)]);
    });
  },
};
