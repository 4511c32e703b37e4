import { describe, expect, test } from 'vitest';
import { admitsBreaking, changesBetween, nextBreaking } from '../../templates/base/dev/changes.ts';

const schema = (properties: Readonly<Record<string, unknown>>, required: readonly string[] = []) => ({ type: 'object', additionalProperties: false, properties, required });

const query = { type: 'string', maxLength: 100, description: 'what' };

/** A tool with everything that can change. */
const tool = {
  title: 'Search',
  description: 'Call this to search.',
  effect: 'read',
  scopes: ['notes:read'],
  annotations: { readOnlyHint: true },
  inputSchema: schema({ query, limit: { type: 'integer', minimum: 1, maximum: 100, default: 20 }, sort: { type: 'string', enum: ['asc', 'desc'] }, tags: { type: 'array', items: { type: 'string', maxLength: 10 }, maxItems: 5 } }, ['query']),
  outputSchema: schema({ notes: { type: 'array', items: schema({ id: { type: 'string', pattern: '^a$' }, note: { type: 'string', enum: ['x', 'y'] } }, ['id']) }, next: { type: 'string' } }, ['notes']),
  hash: 'one',
};

const surface = (tools: Readonly<Record<string, unknown>>, resources = {}, prompts = {}) => ({ tools, resources, prompts }) as Parameters<typeof changesBetween>[0];

/** Sets values at dotted paths; undefined takes away. */
function edited(edits: Readonly<Record<string, unknown>>): object {
  const copy: Record<string, unknown> = structuredClone(tool);
  for (const [at, value] of Object.entries(edits)) {
    const keys = at.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce((node, key) => node[key] as Record<string, unknown>, copy);
    if (value === undefined) delete parent[last];
    else parent[last] = value;
  }
  return copy;
}

const inputs = 'inputSchema.properties';
const outputs = 'outputSchema.properties';

const rows: readonly [what: string, edits: Readonly<Record<string, unknown>>, expected: string][] = [
  ['a new hash alone', { hash: 'two' }, ''],
  ['other words', { description: 'Call this to find.' }, 'patch tool search: its description changed'],
  ['another title', { title: 'Find' }, 'patch tool search: its title changed'],
  ['another annotation', { annotations: {} }, 'patch tool search: its annotations changed'],
  ['the words of a field', { [`${inputs}.query.description`]: 'which' }, 'patch tool search: the description of input.query changed'],
  ['a stronger effect', { effect: 'write' }, 'breaking tool search: its effect was read, is write'],
  ['one scope more', { scopes: ['notes:read', 'admin'] }, 'breaking tool search: needs the scope admin'],
  ['one scope less', { scopes: [] }, 'minor tool search: does not need the scope notes:read any more'],
  ['a renamed argument', { [`${inputs}.q`]: query, [`${inputs}.query`]: undefined, 'inputSchema.required': ['q'] }, 'breaking tool search: input.q was added, required, breaking tool search: input.query was removed'],
  ['a new optional argument', { [`${inputs}.more`]: { type: 'string' } }, 'minor tool search: input.more was added'],
  ['a new required argument', { [`${inputs}.more`]: { type: 'string' }, 'inputSchema.required': ['query', 'more'] }, 'breaking tool search: input.more was added, required'],
  ['an argument that becomes required', { 'inputSchema.required': ['query', 'limit'] }, 'breaking tool search: input.limit is required now'],
  ['an argument that becomes optional', { 'inputSchema.required': [] }, 'minor tool search: input.query is optional now'],
  ['a tighter bound', { [`${inputs}.query.maxLength`]: 50 }, 'breaking tool search: input.query has the maxLength 50, had 100'],
  ['a looser bound', { [`${inputs}.query.maxLength`]: 200 }, 'minor tool search: input.query has the maxLength 200, had 100'],
  ['a higher least', { [`${inputs}.limit.minimum`]: 5 }, 'breaking tool search: input.limit has the minimum 5, had 1'],
  ['a new bound', { [`${inputs}.query.minLength`]: 3 }, 'breaking tool search: input.query has the minLength 3, had none'],
  ['no bound any more', { [`${inputs}.query.maxLength`]: undefined }, 'minor tool search: input.query has the maxLength no more, had 100'],
  ['a new pattern', { [`${inputs}.query.pattern`]: '^a' }, 'breaking tool search: input.query has a pattern now'],
  ['another default', { [`${inputs}.limit.default`]: 10 }, 'minor tool search: the default of input.limit changed'],
  ['another type', { [`${inputs}.query.type`]: 'boolean' }, 'breaking tool search: input.query lost the type string, minor tool search: input.query gained the type boolean'],
  ['a wider type', { [`${inputs}.limit.type`]: 'number' }, 'minor tool search: input.limit gained the type number'],
  ['one type more', { [`${inputs}.limit.type`]: ['integer', 'null'] }, 'minor tool search: input.limit gained the type null'],
  ['a choice less', { [`${inputs}.sort.enum`]: ['asc'] }, 'breaking tool search: input.sort lost the value desc'],
  ['a choice more', { [`${inputs}.sort.enum`]: ['asc', 'desc', 'none'] }, 'minor tool search: input.sort gained the value none'],
  ['choices where there was any text', { [`${inputs}.query.enum`]: ['a'] }, 'breaking tool search: input.query takes only some values now'],
  ['a bound inside a list', { [`${inputs}.tags.items.maxLength`]: 5 }, 'breaking tool search: input.tags[] has the maxLength 5, had 10'],
  ['a schema that takes anything', { 'inputSchema.additionalProperties': undefined }, 'minor tool search: input takes other fields now'],
  ['a header that mirrors an argument', { [`${inputs}.query.x-mcp-header`]: 'Query' }, 'breaking tool search: the x-mcp-header of input.query changed'],
  ['a keyword nobody can judge', { [`${inputs}.query.not`]: { const: 'x' } }, 'breaking tool search: the not of input.query changed'],
  ['a result less', { [`${outputs}.next`]: undefined }, 'breaking tool search: output.next was removed'],
  ['a result more', { [`${outputs}.total`]: { type: 'integer' } }, 'minor tool search: output.total was added'],
  ['a result that may be missing', { 'outputSchema.required': [] }, 'breaking tool search: output.notes is optional now'],
  ['a result that is always there', { 'outputSchema.required': ['notes', 'next'] }, 'minor tool search: output.next is required now'],
  ['a new value in a result', { [`${outputs}.notes.items.properties.note.enum`]: ['x', 'y', 'z'] }, 'breaking tool search: output.notes[].note gained the value z'],
  ['a result that may be null', { [`${outputs}.next.type`]: ['string', 'null'] }, 'breaking tool search: output.next gained the type null'],
  ['another pattern of a result', { [`${outputs}.notes.items.properties.id.pattern`]: '^b$' }, 'minor tool search: the pattern of output.notes[].id changed'],
];

describe('R168 a change of the surface', () => {
  test.each(rows)('%s', (_what, edits, expected) => {
    const found = changesBetween(surface({ search: tool }), surface({ search: edited(edits) }));
    expect(found.map(({ severity, item, what }) => `${severity} ${item}: ${what}`).join(', ')).toBe(expected);
  });

  test('an item that goes is breaking, one that comes is minor, worst first', () => {
    const found = changesBetween(surface({ a_b: tool }, { note: { uri: 'x://y' } }), surface({ c_d: tool }, { note: { uri: 'x://z' } }, { sum: {} }));
    expect(found.map(({ severity, item, what }) => `${severity} ${item} ${what}`)).toEqual([
      'breaking tool a_b was removed',
      'breaking resource note its uri changed',
      'minor tool c_d was added',
      'minor prompt sum was added',
    ]);
  });

  test('the order of keys is no change', () => {
    const reversed = JSON.parse(JSON.stringify(tool), (_key, value: unknown) => (typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).toReversed()) : value)) as object;
    expect(changesBetween(surface({ search: tool }), surface({ search: reversed }))).toEqual([]);
  });

  test.each([
    ['0.1.0', '0.1.9', false],
    ['0.1.0', '0.2.0', true],
    ['0.9.0', '1.0.0', true],
    ['1.2.0', '1.9.0', false],
    ['1.2.0', '2.0.0', true],
    ['2.0.0', '1.0.0', false],
    ['0.10.0', '0.9.0', false],
    ['1.0.0', '2.0.0-beta.1', true],
  ])('from %s to %s breaking changes are admitted: %s', (from, to, admitted) => {
    expect(admitsBreaking(from, to)).toBe(admitted);
    expect(admitsBreaking(from, nextBreaking(from))).toBe(true);
  });
});
