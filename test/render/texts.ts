import fc from 'fast-check';
import { nameFault } from '../../src/answers/name.ts';
import { textFault } from '../../src/answers/text.ts';

/** What ends, opens or hides something in some language a text lands in. */
export const traps = [
  '"', "'", '`', '\\', '\\\\', '\\"', "\\'", '\\n', '\\u0041', '${', '${HOME}', '$(id)', '$HOME', '$$', '{{name}}', '{{{name}}}', '{{#if x}}', '{{/if}}', '{{> p}}', '}}', '\\{{x}}',
  '${{ secrets.X }}', '*/', '/*', '//', '-->', '<!--', '<script>', '</script>', '<b>', '&amp;', '&#32;', '#{', '#', '# ', '%', '%s', '%{', ': ', ' #', '- ', '? ', '| ', '> ', '* ', '+ ', '1. ', '1) ',
  '***', '___', '---', '===', '```', '~~~', '~~x~~', '[x](y)', '![x](y)', '[x]: y', '<https://x.y>', 'https://x.y', '\\', '!', '!!', '&x', '*a', '@x', '@{', '%TAG', 'yes', 'null', '~', '0x1', '1e3', '{a: b}', '[a, b]',
  ' ', '  ', '    ', '\u00A0', '\u200B', '\u200D', '\u200E', '\u202E', '\u2066', '\u2028', '\u2029', '\uFEFF', '\u00AD', '\u061C', '\uFFFD', '\uFFFE', '\u{E0041}', '\u{10FFFF}', '👩‍👩‍👧', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'é', 'e\u0301', 'שלום', 'مرحبا', '日本', 'ﬁ', 'İ', ';', '&&', '||', '>', '<', '\'\'\'', '"""', "'\\''", '--', '-', '--title', '=', ',', '__proto__', 'constructor',
] as const;

const piece = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...traps) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }) },
);

/** Any text that can be an answer. */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  return fc
    .array(piece, { minLength: 1, maxLength: 12 })
    .map((pieces) => pieces.join('').replaceAll(/\p{Cc}|\p{Cs}/gu, '').slice(0, maxLength))
    .filter((text) => textFault(text, maxLength) === undefined);
}

const letters = [...'abcdefghijklmnopqrstuvwxyz'];
const segment = fc
  .tuple(fc.constantFrom(...letters), fc.string({ unit: fc.constantFrom(...letters, ...'0123456789-'), maxLength: 62 }), fc.constantFrom(...letters, ...'0123456789'))
  .map((parts) => parts.join(''));

/** Any name that can be an answer. */
export const anyName = fc.tuple(fc.option(segment), segment).map(([scope, own]) => (scope === null ? own : `@${scope}/${own}`)).filter((name) => nameFault(name) === undefined);

/** Any contact that can be an answer. */
export const anyContact = fc.oneof(
  fc.tuple(fc.constantFrom('', 'mailto:'), anyWord(), anyWord()).map(([scheme, user, host]) => `${scheme}${user}@${host}.example`),
  anyWord().map((rest) => `https://${rest}`),
);

function anyWord(): fc.Arbitrary<string> {
  return anyText(60).map((text) => text.replaceAll(/[\s@<>"]/g, '')).filter((text) => text !== '');
}
