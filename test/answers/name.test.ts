import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nameFault, suggestName, titleFrom, unscoped } from '../../src/answers/name.ts';

describe('names', () => {
  test.each(['ab', 'a1', 'notes-server', 'a'.repeat(64), '@acme/notes', '@a1/b2', '@acme/fs', '@acme/zod'])('%j is allowed', (name) => {
    expect(nameFault(name)).toBeUndefined();
  });

  test('no package that a generated repo depends on: npm refuses one that depends on itself', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(new URL('../../templates/package.json', import.meta.url), 'utf8')) as Record<string, object>;
    const names = Object.keys({ ...dependencies, ...devDependencies });
    expect(names.filter((name) => nameFault(name) === undefined)).toEqual([]);
  });

  test('whatever is typed, a suggestion is itself allowed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('a', 'Z', '-', '.', '/', '@', ' ', '1', 'é', '_') })), (text) => {
        const suggestion = suggestName(text);
        expect(suggestion === undefined ? undefined : nameFault(suggestion)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });

  test('S125 S127 what is allowed is one folder, one shell word and no key of every object', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(@[a-z0-9._-]{1,8}\/)?[a-z0-9._-]{1,70}$/), (name) => {
        if (nameFault(name) !== undefined) return;
        expect(unscoped(name)).toMatch(/^[a-z][a-z0-9-]{0,62}[a-z0-9]$/);
        expect(name in {}).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([['notes-server', 'Notes Server'], ['@acme/crm-notes', 'Crm Notes'], ['a--b', 'A B']])('%j is shown to people as %j', (name, title) => {
    expect(titleFrom(name)).toBe(title);
  });
});
