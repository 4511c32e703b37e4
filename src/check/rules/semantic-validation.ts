import { counted, fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withTools } from '../subject.ts';

const check = /^\s*(?:async )?check(?:\(|:)/m;

export const semanticValidation: Rule = {
  id: 'semantic-validation',
  part: 'checklist',
  title: 'Semantic validation',
  why: 'Well-formed arguments can still name what does not exist or is not the caller\'s; a destructive tool finds out too late.',
  check(subject) {
    return withTools(subject, (tools) => {
      const own = tools.filter(({ isAlias }) => !isAlias);
      const checked = own.filter(({ file }) => check.test(subject.repo.read(file) ?? ''));
      const unchecked = own.filter((tool) => tool.effect === 'destructive' && !checked.includes(tool));
      const seen = checked.map(({ file, name }) => ({ at: subject.at(file, check), text: `${name} looks at its arguments before it acts` }));
      if (unchecked.length === 0) return pass(`${checked.length} of ${counted(own.length, 'tool')} check what their schema can't; every destructive one does`, seen);
      return fail(`${unchecked.map(({ name }) => name).join(', ')}: destructive, and nothing is checked before the effect`, unchecked.map(({ file }) => ({ at: subject.at(file, /effect:/), text: "effect: 'destructive' without check" })), "async check({ id }, { read }) { if (!(await read.things.get(id))) throw ToolError.notFound('There is no such thing.'); },");
    });
  },
};
