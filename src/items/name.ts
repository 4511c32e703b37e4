/** What can be added, and the folder its items are in. */
export const folders = { tool: 'tools', resource: 'resources', prompt: 'prompts' } as const;
export type ItemType = keyof typeof folders;

/** Stricter than MCP's own rule (`[A-Za-z0-9_.-]{1,128}`): one spelling per name, and a file name on every system. */
const shape = /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/;
const longest = 64;

/** Names that would be a key of every object, a file of ours, or a device of Windows. */
const reserved = new Set([...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'index', 'con', 'prn', 'aux', 'nul']);

/** Words that promise more than one job. */
const vague = new Set(['and', 'unified', 'manage', 'misc']);

/** Why an item can't be called that, as the rest of a sentence about it; undefined when it can. */
export function itemNameFault(type: ItemType, name: string): string | undefined {
  const words = name.split('_');
  if (!shape.test(name) || name.length > longest) return `must be lower-case letters, digits and single underscores, starting with a letter, at most ${longest} characters`;
  if (type === 'tool' && words.length < 2) return 'must be a verb and a noun, such as create_note';
  if (reserved.has(name) || /^(?:com|lpt)\d$/.test(name)) return 'is reserved';
  const word = words.find((one) => vague.has(one));
  if (type === 'tool' && word !== undefined) return `has the word "${word}": a tool has one job, so make it two or name the job`;
  return undefined;
}

/**
 * The existing name that a model or a reviewer would take for this one: the same, or the same in another
 * writing (`get_n0te`, `getnote`), which is how a tool shadows another.
 */
export function lookalike(name: string, existing: readonly string[]): string | undefined {
  return existing.find((one) => skeleton(one) === skeleton(name));
}

function skeleton(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '').replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('rn', 'm').replaceAll('vv', 'w');
}

/** The nearest allowed name, or undefined when nothing of the text can be kept. */
export function suggestItemName(type: ItemType, text: string, existing: readonly string[] = []): string | undefined {
  const plain = [...text.normalize('NFKD')]
    .map((letter) => latin[letter] ?? letter)
    .join('')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !(type === 'tool' && vague.has(word)))
    .join('_')
    .replace(/^[^a-z]+/, '')
    .slice(0, longest)
    .replace(/_+$/, '');
  const numbered = [plain, ...[2, 3, 4].map((count) => `${plain}_v${count}`)];
  const candidates = itemNameFault(type, plain) === undefined ? numbered : [...(type === 'tool' ? [`get_${plain}`] : []), `${plain}_item`, ...numbered];
  return candidates.find((candidate) => itemNameFault(type, candidate) === undefined && lookalike(candidate, existing) === undefined);
}

/** Letters of other scripts that look like Latin ones: what a pasted name may hide. */
const latin: Readonly<Record<string, string>> = Object.fromEntries([
  ...Array.from('аеорсухіјѕһԁԛԝкмтвн', (letter, at) => [letter, 'aeopcyxijshdqwkmtbh'[at] ?? '']),
  ...Array.from('αοερυνικτ', (letter, at) => [letter, 'aoepyvikt'[at] ?? '']),
]);

/** `create_note` as words: `create note`. */
export function wordsOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll('_', ' ').toLowerCase();
}

/** `create_note` as a title: `Create note`. */
export function itemTitle(name: string): string {
  const words = wordsOf(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
