import { itemNameFault } from '../../items/name.ts';
import { fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withTools } from '../subject.ts';

export const name: Rule = {
  id: 'name',
  part: 'design',
  title: 'Names: a verb and a noun',
  why: 'A name is the first thing a model matches, and some clients refuse what others accept.',
  check(subject) {
    return withTools(subject, (tools) => {
      const faults = tools.flatMap(({ name: called, file }) => {
        const fault = itemNameFault('tool', called);
        return fault === undefined ? [] : [{ at: subject.at(file, /^\s*name:/), text: `${called} ${fault}` }];
      });
      return faults.length === 0 ? pass('every tool is named by one verb and one noun') : fail(`${faults.length} of ${tools.length} names`, faults, "name: 'create_note',");
    });
  },
};
