/** Whole escape sequences of terminals. */
// oxlint-disable-next-line no-control-regex -- they are what it is about
const ANSI = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)/g;

/** What is invisible or reorders a line: control, format (bidi, zero width, tags) and unassigned characters, lone surrogates. */
const HIDDEN = /[^\P{C}\n\t]/gu;

/** A text that shows everything it holds. @param maxLength - In characters; a longer text ends in an ellipsis. */
export function plainText(text: string, maxLength: number): string {
  const plain = text.replace(ANSI, '').replace(HIDDEN, '');
  return plain.length > maxLength ? `${plain.slice(0, maxLength - 1)}…` : plain;
}
