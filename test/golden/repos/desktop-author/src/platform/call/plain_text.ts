/** Whole escape sequences of terminals. */
// oxlint-disable-next-line no-control-regex -- they are what it is about
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)/g;

/** What is invisible or reorders a line: control, format (bidi, zero width, tags) and unassigned characters, lone surrogates. */
const HIDDEN = /[^\P{C}\n\t]/gu;

/** The same, but for the joiners that emoji and some scripts need. */
const HIDDEN_FROM_MODELS = /[^\P{C}\n\r\t\u200c\u200d]/gu;

/** A value with nothing in its texts that a person would not see: a model reads it, and could be told things there. */
export function withoutHiddenText<T>(value: T): T {
  if (typeof value === 'string') return value.replace(ANSI, '').replace(HIDDEN_FROM_MODELS, '') as T;
  if (Array.isArray(value)) return value.map(withoutHiddenText) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [withoutHiddenText(key), withoutHiddenText(one)])) as T;
}

/** A text that shows everything it holds. @param maxLength - In characters; a longer text ends in an ellipsis. */
export function plainText(text: string, maxLength: number): string {
  const plain = text.replace(ANSI, '').replace(HIDDEN, '');
  return plain.length > maxLength ? `${plain.slice(0, maxLength - 1)}…` : plain;
}
