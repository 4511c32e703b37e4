import { textFault } from '../answers/text.ts';
import type { Effect } from './effect.ts';
import { itemTitle, wordsOf } from './name.ts';
import type { ItemType } from './name.ts';

/** What models and reviewers read of an item, with the fewest and the most characters that say something. */
const limits = { title: [1, 100], when: [12, 600], returns: [5, 400], blastRadius: [5, 300] } as const;
export type TextKey = keyof typeof limits;

/** Characters nobody sees in a review: formatting, bidirectional controls, tags. A model reads them all the same. */
const hidden = /[\p{Cf}\p{Co}\p{Cn}\u2028\u2029]|<!--/u;

/** Whether a text has something in it that nobody sees. */
export function isHidden(text: string): boolean {
  // Most texts are plain, and the expression takes 5 ms to compile.
  return /[^ -~]|<!--/.test(text) && hidden.test(text);
}

/** Why a text can't be that part of an item, as the rest of a sentence about it; undefined when it can. */
export function itemTextFault(key: TextKey, value: string): string | undefined {
  const [least, most] = limits[key];
  if (isHidden(value)) return 'must not hold invisible characters or a comment';
  return textFault(value, most) ?? (value.trim().length < least ? `must be at least ${least} characters` : undefined);
}

/** The flag that gives a text. */
export function textFlag(key: TextKey): string {
  return `--${key.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The texts of an item until someone says it better. */
export function defaultTexts(type: ItemType, name: string, effect: Effect): Readonly<Record<TextKey, string>> {
  const words = wordsOf(name);
  const when = { tool: `Call this to ${words}.`, resource: `Read this to get the ${words}.`, prompt: `Use this to ${words}.` };
  const only = 'only what its arguments name, and only of the caller';
  return {
    title: itemTitle(name),
    when: when[type],
    returns: `One sentence about what was ${type === 'resource' || effect === 'read' ? 'read' : 'done'}.`,
    blastRadius: effect === 'destructive' ? `${only}; it cannot be brought back.` : `${only}.`,
  };
}
