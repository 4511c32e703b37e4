import { describe, expect, test } from 'vitest';
import { ERAS, newKey, startServer } from '../kit.js';

describe.each(ERAS)('a %s client', (era) => {
  test('deletes a note once its user agrees, and asks once', async () => {
    const questions: string[] = [];
    const user = (question: string) => ({ confirm: questions.push(question) > 0 });
    const client = await startServer().connect({ era, user });
    const { id } = await client.call('create_note', { text: 'old', idempotency_key: newKey() });
    const call = { id, idempotency_key: newKey() };
    expect(await client.call('delete_note', call)).toEqual({ id });
    expect(await client.call('delete_note', call), 'a retry is answered without a question').toEqual({ id });
    expect(questions).toEqual(['Delete the note "old" for good?']);
    expect(await client.fail('delete_note', { id, idempotency_key: newKey() })).toMatchObject({
      error_class: 'not_found',
      hint: expect.stringContaining('search_notes'),
    });
  });

  test('deletes nothing when its user declines', async () => {
    const client = await startServer().connect({ era, user: () => undefined });
    const { id } = await client.call('create_note', { text: 'old', idempotency_key: newKey() });
    expect(await client.fail('delete_note', { id, idempotency_key: newKey() })).toMatchObject({ error_class: 'permanent' });
    expect((await client.call('search_notes', { query: 'old' }))['notes']).toHaveLength(1);
  });

  test('that cannot ask gets a token instead, good for this call and once', async () => {
    const client = await startServer().connect({ era });
    const { id } = await client.call('create_note', { text: 'old', idempotency_key: newKey() });
    const { error_class, hint } = await client.fail('delete_note', { id, idempotency_key: newKey() });
    expect(error_class).toBe('conflict');
    const confirm_token = /"confirm_token": "([^"]+)"/.exec(hint ?? '')?.[1];
    expect(await client.call('delete_note', { id, idempotency_key: newKey(), confirm_token })).toEqual({ id });
    expect((await client.fail('delete_note', { id, idempotency_key: newKey(), confirm_token })).error_class).toBe('not_found');
  });
});
