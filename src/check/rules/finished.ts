import { pass, warn } from '../rule.ts';
import type { Rule } from '../rule.ts';
import { itemKinds } from '../../repo/index-files.ts';

/** How `mcp-gen add` marks what it can't know. */
const mark = /^\s*\/\/ (To be (?:replaced|reviewed))/;

export const finished: Rule = {
  id: 'finished',
  part: 'design',
  title: 'Nothing is left to be replaced or reviewed',
  why: 'A tool that gives back its arguments helps nobody, and words of a stranger\'s document can lead a model astray.',
  check({ sources, at }) {
    const left = sources.filter(({ path, text }) => itemKinds.some((kind) => path.startsWith(`src/${kind}/`)) && text.split('\n').some((line) => mark.test(line)));
    if (left.length === 0) return pass('every handler was written by someone');
    return warn(`${left.length} still as mcp-gen add wrote them`, left.map(({ path, text }) => ({ at: at(path, mark), text: new RegExp(mark, 'm').exec(text)?.[1] ?? '' })), 'Put the work there, and what it should do into its test; read what came from a document, and remove the line.');
  },
};
