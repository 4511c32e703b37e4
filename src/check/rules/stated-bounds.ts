import { fail, pass } from '../rule.ts';
import type { Evidence, Rule } from '../rule.ts';
import { objectOf, withTools } from '../subject.ts';

const upper = ['maximum', 'maxLength', 'maxItems'] as const;

export const statedBounds: Rule = {
  id: 'stated-bounds',
  part: 'design',
  title: 'Descriptions state the real bounds',
  why: 'A model that was promised 200 and is refused at 100 tries again and again.',
  check(subject) {
    return withTools(subject, (tools) => {
      const faults = tools.flatMap(({ file, inputSchema }) => Object.entries(objectOf(inputSchema['properties'])).flatMap(([field, schema]) => faultIn(objectOf(schema), field, subject.at(file, new RegExp(`\\b${field}:`)))));
      return faults.length === 0 ? pass('every bound that a description states is the one that holds') : fail('a description states another bound than the schema', faults, 'Say in .describe() what .max() says.');
    });
  },
};

/** Looks at "at most 200" and "1 to 200". */
function faultIn(schema: Readonly<Record<string, unknown>>, field: string, at: string): Evidence[] {
  const stated = [...String(schema['description'] ?? '').matchAll(/\bat most (\d[\d_]*)|\b\d[\d_]* to (\d[\d_]*)\b/g)].map(([, most, to]) => Number((most ?? to ?? '').replaceAll('_', '')));
  const real = [schema, objectOf(schema['items'])].flatMap((node) => upper.map((keyword) => node[keyword])).filter((bound) => typeof bound === 'number');
  return real.length === 0 ? [] : stated.filter((bound) => !real.includes(bound)).map((bound) => ({ at, text: `${field}: says ${bound}, its schema ${real.join(' and ')}` }));
}
