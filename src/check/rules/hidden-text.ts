import { isHidden } from '../../items/texts.ts';
import { fail, pass } from '../rule.ts';
import type { Evidence, Rule } from '../rule.ts';
import { withTools } from '../subject.ts';

export const hiddenText: Rule = {
  id: 'hidden-text',
  part: 'design',
  title: 'No hidden text',
  why: 'A model obeys what a reviewer can\'t see: tag characters, zero-width and bidirectional ones, comments.',
  check(subject) {
    return withTools(subject, (_tools, surface) => {
      const found = (['tools', 'resources', 'prompts'] as const).flatMap((kind) => Object.entries(surface[kind]).flatMap(([name, seen]) => hiddenIn(seen, `src/${kind}/${name}.ts`)));
      const instructions = (subject.repo.read('src/server.ts') ?? '').split('\n').flatMap((line, index): Evidence[] => (/^\s*(?:title|description|instructions):/.test(line) && hasHidden(line) ? [{ at: `src/server.ts:${index + 1}`, text: visible(line.trim()) }] : []));
      const faults = [...found, ...instructions];
      return faults.length === 0 ? pass('every character that a model reads can be seen') : fail(`${faults.length} texts with hidden characters`, faults, 'Type the text anew; LC_ALL=C grep -rnP "[^\\x00-\\x7F]" src shows where.');
    });
  },
};

/** Line breaks are what descriptions are made of. */
function hasHidden(text: string): boolean {
  return isHidden(text.replaceAll('\n', ' ')) || /[^\P{Cc}\n]/u.test(text) || /\\u\{?(?:200[b-f]|202[a-e]|206[0-9]|feff|e00[0-7][0-9a-f])/i.test(text);
}

function hiddenIn(value: unknown, file: string): Evidence[] {
  if (typeof value === 'string') return hasHidden(value) ? [{ at: file, text: visible(value) }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [...hiddenIn(key, file), ...hiddenIn(member, file)]);
}

/** The text with what is hidden in it spelled out. */
function visible(text: string): string {
  return text.slice(0, 200).replaceAll(/[^\P{C}\n]/gu, (letter) => `<U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`);
}
