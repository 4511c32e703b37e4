import { counted, fail, pass } from '../rule.ts';
import type { Rule } from '../rule.ts';

/** Milliseconds after which common proxies close a connection on which nothing is said, with room for the way. */
const silentMs = 25_000;

export const deadlines: Rule = {
  id: 'deadlines',
  part: 'design',
  title: 'No call is silent for long',
  why: 'Proxies close a connection on which nothing is said, some after 30 s: a call that may take longer has to report its progress.',
  check({ sources, at }) {
    const own = sources.filter(({ path }) => /^src\/(?:tools|resources|prompts)\//.test(path));
    const slow = own.filter(({ text }) => Math.max(0, ...[...text.matchAll(/\btimeoutMs: ([\d_]+)/g)].map(([, ms = '']) => Number(ms.replaceAll('_', '')))) > silentMs);
    const silent = slow.filter(({ text }) => !/\bprogress\b/.test(text));
    const evidence = silent.map(({ path }) => ({ at: at(path, /\btimeoutMs: /), text: `may take longer than ${silentMs / 1_000} s and never reports its progress` }));
    if (silent.length > 0) return fail(`${counted(silent.length, 'file')} may keep a client waiting longer than proxies do`, evidence, 'await progress(done, total);');
    return pass(slow.length === 0 ? `nothing may take longer than ${silentMs / 1_000} s` : 'what may take longer reports its progress', slow.map(({ path }) => ({ at: at(path, /\btimeoutMs: /), text: 'reports its progress' })));
  },
};
