import { fail, pass } from '../rule.ts';
import type { Evidence, Rule } from '../rule.ts';
import { objectOf, ownLines, withTools } from '../subject.ts';

/** What looks like the name of a tool, in a text that a model reads. */
const nameLike = /\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g;

/** Texts in the source that reach a model. */
const told = /(?:hint|when|returns|failsWhen|blastRadius):\s*(['"`])((?:(?!\1).)*)\1|\.describe\((['"`])((?:(?!\3).)*)\3/g;

export const hints: Rule = {
  id: 'hints',
  part: 'design',
  title: 'Texts name real tools',
  why: 'A model that is told to call what does not exist calls it, and then guesses.',
  check(subject) {
    return withTools(subject, (tools, surface) => {
      const fields = tools.flatMap(({ inputSchema, outputSchema }) => [inputSchema, outputSchema].flatMap((schema) => keysIn(schema)));
      const known = new Set([...Object.keys(surface.tools), ...Object.keys(surface.resources), ...Object.keys(surface.prompts), ...fields, 'idempotency_key', 'confirm_token']);
      const faults: Evidence[] = [];
      let named = 0;
      for (const { at, line } of ownLines(subject)) {
        for (const [, , one = '', , other = ''] of line.matchAll(told)) {
          for (const [word] of (one || other).matchAll(nameLike)) {
            if (known.has(word)) named++;
            else faults.push({ at, text: `"${word}" is no tool, resource, prompt or field of this server` });
          }
        }
      }
      return faults.length === 0 ? pass(`${named} names in texts for models, all of them real`) : fail('a text names what does not exist', faults, `Name one of ${Object.keys(surface.tools).join(', ') || 'the tools there are'}.`);
    });
  },
};

function keysIn(schema: unknown): string[] {
  const node = objectOf(schema);
  return [...Object.keys(objectOf(node['properties'])), ...Object.values(node).flatMap((member) => (typeof member === 'object' ? keysIn(member) : []))];
}
