import { expect, test } from 'vitest';
import { newKey, startServer } from '../kit.js';

test('stores a note that can be found again', async () => {
  const client = await startServer().connect();
  const { id } = await client.call('create_note', { text: 'Buy milk', idempotency_key: newKey() });
  const { notes } = await client.call('search_notes', { query: 'MILK' });
  expect(notes).toMatchObject([{ id, text: 'Buy milk' }]);
});

test('the same key stores the note once', async () => {
  const client = await startServer().connect();
  const call = { text: 'Buy milk', idempotency_key: newKey() };
  const first = await client.call('create_note', call);
  expect(await client.call('create_note', call)).toEqual(first);
  expect((await client.call('search_notes', { query: '' }))['notes']).toHaveLength(1);
});

test.each([{ text: '' }, { text: '   ' }, { text: 'x'.repeat(4_001) }, {}])('refuses %o', async (args) => {
  const client = await startServer().connect();
  const error = await client.fail('create_note', { ...args, idempotency_key: newKey() });
  expect(error).toMatchObject({ error_class: 'validation', field_errors: [{ path: 'text' }] });
});
