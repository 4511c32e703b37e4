import { expect, test } from 'vitest';
import { LOCAL_PRINCIPAL } from '../../src/platform/principal.js';
import { newKey, startServer } from '../kit.js';

test('pages through the notes, newest first', async () => {
  const client = await startServer().connect();
  for (const text of ['one', 'two', 'three']) await client.call('create_note', { text, idempotency_key: newKey() });
  const first = await client.call('search_notes', { query: '', limit: 2 });
  expect(first['notes']).toMatchObject([{ text: 'three' }, { text: 'two' }]);
  const second = await client.call('search_notes', { query: '', limit: 2, cursor: first['nextCursor'] });
  expect(second).toMatchObject({ notes: [{ text: 'one' }] });
  expect(second['nextCursor']).toBeUndefined();
});

test('a cursor that it has not written, or not for this search, is refused', async () => {
  const client = await startServer().connect();
  for (const text of ['one', 'two']) await client.call('create_note', { text, idempotency_key: newKey() });
  const { nextCursor } = await client.call('search_notes', { query: '', limit: 1 });
  for (const wrong of [{ cursor: 'made up' }, { cursor: nextCursor, query: 'one' }]) {
    const error = await client.fail('search_notes', { query: '', ...wrong });
    expect(error).toMatchObject({ error_class: 'validation', hint: expect.stringContaining('without cursor') });
  }
});

test('never shows the notes of another tenant', async () => {
  const server = startServer();
  const owner = await server.connect();
  await owner.call('create_note', { text: 'mine', idempotency_key: newKey() });
  const other = await server.connect({ principal: { ...LOCAL_PRINCIPAL, tenant: 'other' } });
  expect(await other.call('search_notes', { query: '' })).toEqual({ notes: [] });
});

test('refuses more than 100 notes at once', async () => {
  const client = await startServer().connect();
  expect(await client.fail('search_notes', { query: '', limit: 101 })).toMatchObject({ error_class: 'validation' });
});
