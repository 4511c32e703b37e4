import { fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { ownLines } from '../subject.ts';

/** What an OAuth endpoint or proxy can't do without. */
const endpoint = /redirect_uri|['"`]\/(?:[\w-]+\/)*(?:authorize|token|callback|register)['"`]/;

export const redirects: Rule = {
  id: 'redirects',
  part: 'checklist',
  title: 'Exact redirects',
  why: 'A redirect that is matched loosely hands authorization codes to strangers.',
  check(subject) {
    const found = [...ownLines(subject)].filter(({ line }) => endpoint.test(line));
    if (found.length === 0) return pass('no OAuth endpoint of its own: redirects are registered at the provider, where the match is exact');
    return fail('an OAuth endpoint of its own: its redirects have to be matched exactly, per client, with consent', found.map(({ at, line }) => ({ at, text: line.trim() })), 'Leave it out and let clients go to the provider: the metadata tells them where.');
  },
};
