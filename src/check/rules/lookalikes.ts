import { lookalike } from '../../items/name.ts';
import { fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withTools } from '../subject.ts';

export const lookalikes: Rule = {
  id: 'lookalikes',
  part: 'design',
  title: 'No tool looks like another',
  why: 'Two names that a model or a reviewer takes for each other are how one tool shadows another.',
  check(subject) {
    return withTools(subject, (tools) => {
      const names = tools.map(({ name }) => name);
      const faults = tools.flatMap(({ name, file }, at) => {
        const other = lookalike(name, names.slice(0, at));
        return other === undefined ? [] : [{ at: subject.at(file, /^\s*name:/), text: `${name} looks like ${other}` }];
      });
      return faults.length === 0 ? pass('no two names look alike') : fail('names that look alike', faults, 'Rename one of them: npm run gen -- add tool <old_name> --kind alias --of <new_name> keeps agents working.');
    });
  },
};
