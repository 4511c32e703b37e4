import { fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withTools } from '../subject.ts';
import type { SeenTool } from '../subject.ts';

const hints = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const;

export const annotations: Rule = {
  id: 'annotations',
  part: 'design',
  title: 'Annotations say what the tool does',
  why: 'Clients ask their user, or don\'t, by these hints; a missing one counts as the worst.',
  check(subject) {
    return withTools(subject, (tools) => {
      const faults = tools.flatMap((tool) => {
        const fault = faultOf(tool);
        return fault === undefined ? [] : [{ at: subject.at(tool.file, /^\s*effect:/), text: `${tool.name} ${fault}` }];
      });
      if (faults.length > 0) return fail('hints that clients can\'t go by', faults, 'git checkout -- src/platform/define/tool.ts   # derives them from effect');
      const asking = new Set(subject.sources.filter(({ text }) => /\bupstream\(/.test(text)).map(({ path }) => path));
      const closed = tools.filter(({ file, annotations: { openWorldHint } }) => openWorldHint !== true && asking.has(file));
      const evidence = closed.map(({ name, file }) => ({ at: subject.at(file, /\bupstream\(/), text: `${name} asks an upstream and says openWorldHint false` }));
      return closed.length === 0 ? pass('all four hints on every tool, as its effect says') : fail('what an API returns can hold anybody\'s words, and clients aren\'t told', evidence, 'openWorld: true,');
    });
  },
};

function faultOf({ effect, annotations: given }: SeenTool): string | undefined {
  const missing = hints.filter((hint) => typeof given[hint] !== 'boolean');
  if (missing.length > 0) return `lacks ${missing.join(', ')}`;
  const { readOnlyHint, destructiveHint } = given;
  const lies = readOnlyHint !== (effect === 'read') || destructiveHint !== (effect === 'destructive');
  return lies ? `says readOnlyHint ${readOnlyHint}, destructiveHint ${destructiveHint}, and its effect is ${effect}` : undefined;
}
