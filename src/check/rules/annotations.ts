import { fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withTools } from '../subject.ts';

const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;

export const annotations: Rule = {
  id: 'annotations',
  part: 'design',
  title: 'Annotations say what the tool does',
  why: 'Clients ask their user, or don\'t, by these hints; a missing one counts as the worst.',
  check(subject) {
    return withTools(subject, (tools) => {
      const faults = tools.flatMap(({ name, file, effect, annotations: given }) => {
        const missing = hints.filter((hint) => typeof given[hint] !== 'boolean');
        const lies = given['readOnlyHint'] !== (effect === 'read') || given['destructiveHint'] !== (effect === 'destructive');
        const fault = missing.length > 0 ? `lacks ${missing.join(', ')}` : lies ? `says readOnlyHint ${given['readOnlyHint']}, destructiveHint ${given['destructiveHint']}, and its effect is ${effect}` : undefined;
        return fault === undefined ? [] : [{ at: subject.at(file, /^\s*effect:/), text: `${name} ${fault}` }];
      });
      return faults.length === 0 ? pass('all four hints on every tool, as its effect says') : fail('hints that clients can\'t go by', faults, 'git checkout -- src/platform/define/tool.ts   # derives them from effect');
    });
  },
};
