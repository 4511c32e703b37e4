import { expect, test } from 'vitest';
import { newKey, startServer } from '../kit.js';

test('deletes a note once', async () => {
  const client = await startServer().connect();
  const { id } = await client.call('create_note', { text: 'old', idempotency_key: newKey() });
  expect(await client.call('delete_note', { id, idempotency_key: newKey() })).toEqual({ id });
  expect(await client.fail('delete_note', { id, idempotency_key: newKey() })).toMatchObject({
    error_class: 'not_found',
    hint: expect.stringContaining('search_notes'),
  });
});
