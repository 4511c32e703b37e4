import { counted, fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { withTools } from '../subject.ts';

/** What at least one of the large model providers refuses at the root of a tool's input. */
const refused = ['anyOf', 'oneOf', 'allOf', 'not', 'enum', '$ref', 'if'];

export const providerNeutral: Rule = {
  id: 'provider-neutral',
  part: 'design',
  title: 'Schemas every model provider takes',
  why: 'One of them refuses the whole list of tools when it does not understand one schema.',
  check(subject) {
    return withTools(subject, (tools) => {
      const faults = tools.flatMap(({ name, file, inputSchema }) => {
        const at = subject.at(file, /^\s*input:/);
        return [
          ...(inputSchema['type'] === 'object' ? [] : [{ at, text: `${name}: its input is no object` }]),
          ...refused.filter((keyword) => inputSchema[keyword] !== undefined).map((keyword) => ({ at, text: `${name}: ${keyword} at the root of its input` })),
          ...(/"\$(?:ref|dynamicRef)"/.test(JSON.stringify(inputSchema)) ? [{ at, text: `${name}: a $ref in its input` }] : []),
        ];
      });
      return faults.length === 0 ? pass(`${counted(tools.length, 'tool')}: plain objects`) : fail('a schema that not every provider takes', faults, 'input: z.strictObject({ ... }),   with alternatives inside a field, not around it');
    });
  },
};
