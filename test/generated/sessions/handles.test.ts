import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { inProcess, loadHandles } from './adapters.ts';
import type { Handles, Owner } from './adapters.ts';

const createHandles = await loadHandles();
const { values } = await inProcess();
const handlesOf = createHandles(values);

const user = (tenant: string, subject: string, issuer = 'https://a.example', clientId = 'client'): Owner => ({ tenant, user: { issuer, subject }, agent: { clientId } });
const alice = handlesOf(user('acme', 'alice'));
const Word = z.object({ word: z.string() });
const unknown = 'This handle is unknown or has expired.';

describe('a handle', () => {
  test('R107 is 128 random bits, and lives as long as it is written', async () => {
    const made = await Promise.all(Array.from({ length: 1_000 }, () => alice.create({ word: 'x' })));
    expect(new Set(made).size).toBe(1_000);
    for (const handle of made) expect(handle).toMatch(/^[0-9a-f]{32}$/);
    await alice.write(made[0] ?? '', { word: 'y' });
    expect(await alice.read(made[0] ?? '', Word)).toEqual({ word: 'y' });
    await alice.delete(made[0] ?? '');
    await expect(alice.read(made[0] ?? '', Word)).rejects.toThrow(unknown);
  });

  const others: readonly [who: string, handles: Handles][] = [
    ['another user of the tenant', handlesOf(user('acme', 'mallory'))],
    ['a user of another tenant with the same name', handlesOf(user('globex', 'alice'))],
    ['a user of another issuer with the same name', handlesOf(user('acme', 'alice', 'https://b.example'))],
    ['a service called like the user', handlesOf({ tenant: 'acme', agent: { clientId: 'alice' } })],
  ];
  test.each(others)('S055 S056 M6 is unknown to %s, in the same words as one that never was', async (_, other) => {
    const handle = await alice.create({ word: 'secret' });
    for (const guess of [handle, 'f'.repeat(32), '', '../alice', 'x'.repeat(10_000)]) {
      await expect(other.read(guess, Word)).rejects.toMatchObject({ message: unknown });
      await expect(other.write(guess, { word: 'stolen' })).rejects.toMatchObject({ message: unknown });
      await other.delete(guess);
    }
    expect(await alice.read(handle, Word)).toEqual({ word: 'secret' });
  });

  test('is good for the same user through another client', async () => {
    const handle = await alice.create({ word: 'mine' });
    expect(await handlesOf(user('acme', 'alice', 'https://a.example', 'other-client')).read(handle, Word)).toEqual({ word: 'mine' });
  });

  test('keeps so much and no more, and only what can be kept', async () => {
    for (const value of [{ word: 'x'.repeat(70_000) }, undefined, () => 1]) await expect(alice.create(value)).rejects.toThrow('A handle keeps JSON of at most');
    const handle = await alice.create({ word: 'short' });
    await expect(alice.write(handle, { word: 'x'.repeat(70_000) })).rejects.toThrow('A handle keeps JSON of at most');
    expect(await alice.read(handle, Word)).toEqual({ word: 'short' });
  });

  test('S106 holds what its reader expects, or is unknown', async () => {
    await expect(alice.read(await alice.create({ number: 5 }), Word)).rejects.toThrow(unknown);
  });
});
