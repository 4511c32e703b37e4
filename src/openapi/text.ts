import { isHidden } from '../items/texts.ts';

/** What a sentence for people has no business with: orders to the model that reads it. */
const orders = /\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instructions?|previous|above|prior|rules?|prompts?|tools?)\b|system prompt|<\/?(?:system|important|assistant|user|tool|instructions?)\b|\bdo not (?:tell|mention|inform|reveal)\b|\byou (?:must|should) (?:now|always|first) (?:call|use|send)\b/i;

/** Text of a document as it may be shown to a model. */
export interface Cleaned {
  /** One line; empty when there is nothing to say, or nothing that may be said. */
  readonly text: string;
  /** Why it was left out. */
  readonly fault?: string;
}

/**
 * Takes the first sentences of a text, without markup, links and line breaks. A text with characters that nobody sees, or that
 * gives orders to a model, is left out altogether: what else may be wrong with it?
 * @param most characters
 */
export function cleaned(text: string | undefined, most: number): Cleaned {
  const raw = (text ?? '').slice(0, 20_000);
  const line = raw.replaceAll(/\s+/g, ' ').trim();
  if (/\p{Cs}/u.test(line) || isHidden(line) || /\p{Cc}/u.test(line)) return { text: '', fault: 'has characters that nobody sees' };
  if (orders.test(line)) return { text: '', fault: 'gives orders to the model that reads it' };
  return { text: shortened(withoutMarkup(line), most) };
}

function withoutMarkup(line: string): string {
  return line
    .replace(/\[!\w{1,20}\]/g, '')
    .replace(/!?\[([^\][]{0,200})\]\([^()]{0,500}\)/g, '$1')
    .replace(/<[^<>]{0,200}>/g, '')
    .replace(/https?:\/\/\S+/g, '')
    .replace(/[`*#|\\{}<>[\]]+/g, '')
    .replace(/(?<!\w)_+(?=\w)|(?<=\S)_+(?!\w)/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** Whole sentences where one fits, otherwise whole words. */
function shortened(line: string, most: number): string {
  if (line.length <= most) return line;
  const cut = line.slice(0, most);
  const sentence = cut.lastIndexOf('. ');
  if (sentence > most / 4) return cut.slice(0, sentence + 1);
  const word = cut.lastIndexOf(' ');
  return cut.slice(0, word > most / 4 ? word : most).replace(/[\uD800-\uDBFF\s,;:(]+$/, '');
}

/** Words in the writing of code that name nothing a caller can see become plain words: a model would look for what they name. */
export function withoutNames(text: string, known: ReadonlySet<string>): string {
  return text.replace(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b/g, (word) => (known.has(word) ? word : word.replaceAll('_', ' ')));
}
