/** One character, or a class of them, and how often it comes. */
const part = /\[(\^?)((?:\\.|[^\\\]])+)\]|\\([dwsDWS])|\\([^A-Za-z0-9])|([^\\^$.*+?()[\]{}|/])|(\.)/y;
const quantifier = /([*+?])|\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/y;

const examples: Readonly<Record<string, string>> = { d: '1', w: 'a', s: ' ', D: 'a', W: '-', S: 'a' };

/** How many ways of matching there may be; fewer where one part has no end, because each character is tried in all of them. */
const mostWays = { ended: 1_000, endless: 10 } as const;

/**
 * A pattern that matches in a time nobody can blow up, and a text that it matches; undefined for every other.
 * It has to be anchored at its start and be a plain row of characters and classes, with at most one of them
 * any number of times: without groups and alternatives there is nothing to backtrack into.
 */
export function harmlessPattern(source: string, least = 0): { readonly source: string; readonly example: string } | undefined {
  if (source.length > 200 || !source.startsWith('^') || !/^[ -~]*$/.test(source)) return undefined;
  const end = source.endsWith('$') && !source.endsWith('\\$') ? source.length - 1 : source.length;
  const rows: { example: string; count: number }[] = [];
  let ways = 1;
  let endless = 0;
  let at = 1;
  while (at < end) {
    part.lastIndex = at;
    const found = part.exec(source);
    if (found === null) return undefined;
    at = part.lastIndex;
    quantifier.lastIndex = at;
    const times = quantifier.exec(source);
    const [min, max] = timesOf(times);
    if (times !== null) at = quantifier.lastIndex;
    if (min > max || /^[*+?{]/.test(source.slice(at, end))) return undefined;
    if (max === Infinity) endless++;
    else ways *= max - min + 1;
    if (endless > 1 || ways > (endless === 0 ? mostWays.ended : mostWays.endless)) return undefined;
    rows.push({ example: exampleOf(found), count: Math.max(min, max > 0 && rows.length === 0 ? 1 : min) });
  }
  const short = rows.map(({ example, count }) => example.repeat(count)).join('');
  return [short, short.padEnd(least, rows.at(-1)?.example ?? '')].map((example) => ({ source, example })).find((one) => one.example.length >= least && matches(one));
}

function matches({ source, example }: { readonly source: string; readonly example: string }): boolean {
  try {
    return new RegExp(source).test(example) && example.length < 1_000;
  } catch {
    return false;
  }
}

function timesOf(found: RegExpExecArray | null): readonly [min: number, max: number] {
  if (found === null) return [1, 1];
  const [, sign, least, comma, most] = found;
  if (sign === '?') return [0, 1];
  if (sign !== undefined) return [sign === '+' ? 1 : 0, Infinity];
  const min = Number(least);
  return [min, comma === undefined ? min : most === undefined ? Infinity : Number(most)];
}

function exampleOf([, negated, members = '', set, escaped, plain]: RegExpExecArray): string {
  if (set !== undefined) return examples[set] ?? '';
  if (escaped !== undefined || plain !== undefined) return escaped ?? plain ?? '';
  if (negated === undefined) return 'a';
  if (negated === '^') return ['a', '1', '-', ' '].find((one) => matchesClass(`[^${members}]`, one)) ?? '';
  return ['a', '1', 'A', '-'].find((one) => matchesClass(`[${members}]`, one)) ?? members.replace(/^\\/, '').charAt(0);
}

function matchesClass(source: string, text: string): boolean {
  try {
    return new RegExp(`^${source}$`).test(text);
  } catch {
    return false;
  }
}
