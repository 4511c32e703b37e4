import { expect, test } from 'vitest';
import { newKey, startServer } from '../kit.js';

test('reads, lists and completes a note', async () => {
  const client = await startServer().connect();
  const { id } = await client.call('create_note', { text: 'Buy milk', idempotency_key: newKey() });
  const uri = `notes://note/${String(id)}`;
  const { contents } = await client.mcp.readResource({ uri });
  expect(contents).toMatchObject([{ uri, mimeType: 'application/json', text: expect.stringContaining('Buy milk') }]);
  expect((await client.mcp.listResources()).resources).toContainEqual(expect.objectContaining({ uri, title: 'Buy milk' }));
  const ref = { type: 'ref/resource', uri: 'notes://note/{id}' } as const;
  const { completion } = await client.mcp.complete({ ref, argument: { name: 'id', value: String(id).slice(0, 4) } });
  expect(completion.values).toEqual([id]);
});

test.each(['nope', '..', '%2e%2e%2fsecret', '00000000-0000-4000-8000-000000000000'])('%s is not a note', async (id) => {
  const { mcp } = await startServer().connect();
  await expect(mcp.readResource({ uri: `notes://note/${id}` })).rejects.toMatchObject({ code: -32_602 });
});
