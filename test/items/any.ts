import fc from 'fast-check';
import { effects } from '../../src/items/effect.ts';
import { fieldTypes } from '../../src/items/field.ts';
import { itemFrom } from '../../src/items/item.ts';
import type { Item, ItemInput } from '../../src/items/item.ts';
import { itemNameFault } from '../../src/items/name.ts';
import type { ItemType } from '../../src/items/name.ts';
import { itemTextFault } from '../../src/items/texts.ts';
import type { TextKey } from '../../src/items/texts.ts';
import { anyText } from '../render/texts.ts';

const word = fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'), minLength: 1, maxLength: 8 });

/** Any name an item can have. */
export function anyItemName(type: ItemType): fc.Arbitrary<string> {
  return fc.array(word, { minLength: type === 'tool' ? 2 : 1, maxLength: 4 }).map((words) => words.join('_')).filter((name) => itemNameFault(type, name) === undefined);
}

/** Any text that part can have. */
export function anyItemText(key: TextKey): fc.Arbitrary<string> {
  return fc.array(anyText(60), { minLength: 1, maxLength: 5 }).map((texts) => texts.join(' ').slice(0, 100)).filter((text) => itemTextFault(key, text) === undefined);
}

const fieldName = fc.tuple(word, word).map(([a, b]) => `${a}_${b}x`);
const choice = fc.uniqueArray(word, { minLength: 2, maxLength: 4 }).map((words) => words.join('|'));
const types = Object.entries(fieldTypes);
const typeName = (textual: boolean) => fc.oneof(choice, fc.constantFrom(...types.filter(([, type]) => type.textual || !textual).map(([name]) => name), ...(textual ? [] : types.map(([name]) => `${name}[]`))));
const fields = (textual: boolean) =>
  fc.uniqueArray(fc.tuple(fieldName, typeName(textual), fc.constantFrom('', ':required', ':optional')), { maxLength: 5, selector: ([name]) => name }).map((list) => list.map(([name, type, presence]) => `${name}:${type}${presence}`));

const scope = fc.string({ unit: fc.constantFrom(...`abcXYZ019:/.-_!#$%&'()*+,;<=>?@[]^\`{|}~`), minLength: 1, maxLength: 20 });

const texts = { title: fc.option(anyItemText('title'), { nil: undefined }), when: fc.option(anyItemText('when'), { nil: undefined }), returns: fc.option(anyItemText('returns'), { nil: undefined }) };
const common = { ...texts, scope: fc.uniqueArray(scope, { maxLength: 3 }) };

function items(type: ItemType, input: fc.Arbitrary<ItemInput>): fc.Arbitrary<Item> {
  return fc.tuple(anyItemName(type), input).map(([name, given]) => itemFrom(type, name, given, { names: [], uris: [] }, 'server'));
}

const requestPath = fc.string({ unit: fc.constantFrom(...`abcXYZ019:.-_!$%&'()*+,;=@[]^\`|~\\"/`), minLength: 1, maxLength: 20 }).map((text) => `/a${text}/{id}`).filter((text) => !/(?:^|\/)\.{1,2}(?:\/|$)/.test(text));
const request = fc.tuple(fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE'), requestPath).map((parts) => parts.join(' '));

const steps = fc.uniqueArray(word, { minLength: 2, maxLength: 5, selector: (one) => one }).filter((list) => list.every((one) => !(one in {})));

/** Any item that can be added. */
export const anyItem: fc.Arbitrary<Item> = fc.oneof(
  items('tool', fc.record({ ...common, field: fields(false), effect: fc.constantFrom(...effects), blastRadius: anyItemText('blastRadius') })),
  items('tool', fc.record({ ...common, field: fields(false), effect: fc.constantFrom('write', 'destructive'), kind: fc.constant('workflow'), step: steps })),
  items('tool', fc.record({ ...common, field: fields(false), kind: fc.constant('upstream'), upstream: fc.constant('shop'), request, blastRadius: anyItemText('blastRadius') })),
  anyItemName('tool').map((name) => itemFrom('tool', name, { kind: 'alias', of: 'another_tool' }, { names: ['another_tool'], uris: [] }, 'server')),
  items('resource', fc.record({ ...common, uri: fc.constantFrom('shop://order/{id}', 'shop://order/{id}/{line}', 'shop://status') })),
  items('prompt', fc.record({ ...common, field: fields(true) })),
);
