import { counted, fail, pass, warn } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { objectOf, withTools } from '../subject.ts';

/** More than a model chooses well among; more than it chooses among at all. */
const many = 10;
const tooMany = 15;

export const count: Rule = {
  id: 'count',
  part: 'design',
  title: 'Few enough tools',
  why: 'With every further tool a model picks the wrong one more often.',
  check(subject) {
    return withTools(subject, (tools) => {
      const own = tools.filter(({ isAlias }) => !isAlias);
      const limit = Number(objectOf(subject.manifest['mcpGen'])['maxTools'] ?? tooMany);
      const seen = [{ at: 'src/tools/index.ts', text: own.map(({ name }) => name).join(', ') }];
      if (own.length > limit) return fail(`${counted(own.length, 'tool')}; ${limit} are the most`, seen, `"mcpGen": { "maxTools": ${own.length} },   in package.json, if a split into two servers by domain is no option`);
      if (own.length > many && limit <= tooMany) return warn(`${counted(own.length, 'tool')}; from ${many} on models choose worse`, seen);
      return pass(counted(own.length, 'tool'));
    });
  },
};
