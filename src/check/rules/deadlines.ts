import { counted, fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';

/** Milliseconds after which clients give up on a call of which they hear nothing, unless they are told otherwise. */
const silentMs = 60_000;

export const deadlines: Rule = {
  id: 'deadlines',
  part: 'design',
  title: 'No call is silent for long',
  why: 'Clients give up on a call of which they hear nothing, most after a minute: one that may take longer has to report its progress. Proxies are kept waiting: what may take longer than 25 s is streamed.',
  check({ sources, at }) {
    const own = sources.filter(({ path }) => /^src\/(?:tools|resources|prompts)\//.test(path));
    const slow = own.filter(({ text }) => Math.max(0, ...[...text.matchAll(/\btimeoutMs: ([\d_]+)/g)].map(([, ms = '']) => Number(ms.replaceAll('_', '')))) > silentMs);
    const silent = slow.filter(({ text }) => !/\bprogress\b/.test(text));
    const evidence = silent.map(({ path }) => ({ at: at(path, /\btimeoutMs: /), text: `may take longer than ${silentMs / 1_000} s and never reports its progress` }));
    if (silent.length > 0) return fail(`${counted(silent.length, 'file')} may take longer than clients wait in silence`, evidence, 'await progress(done, total);');
    return pass(slow.length === 0 ? `nothing may take longer than ${silentMs / 1_000} s` : 'what may take longer reports its progress', slow.map(({ path }) => ({ at: at(path, /\btimeoutMs: /), text: 'reports its progress' })));
  },
};
