import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWorld } from '../auth/bench.ts';
import type { World } from '../auth/bench.ts';
import type { Answer } from './http.ts';
import { call } from './message.ts';
import type { Era } from './message.ts';
import { build, copyRepo, once, writeIndexes } from './probe.ts';
import { killServers } from './server.ts';

const keys = [1, 2, 3].map((fill) => Buffer.alloc(32, fill).toString('base64'));
const [oldKey = '', key = '', otherKey = ''] = keys;

/** A server that people of several tenants sign in to, with two tools that page alike. */
const repo = () =>
  once('wire-cursor', async (at) => {
    copyRepo('auth-oidc', at);
    cpSync(fileURLToPath(new URL('./probe/src/tools/list_numbers.ts', import.meta.url)), path.join(at, 'src/tools/list_numbers.ts'));
    writeIndexes(at);
    await build(at);
  });

const worlds: World[] = [];
const open = async (MCP_SECRET: string): Promise<World> => {
  const world = await startWorld({ MCP_SECRET }, await repo());
  worlds.push(world);
  return world;
};
let world: World;
beforeAll(async () => {
  world = await open(key);
});
afterAll(async () => {
  await Promise.all(worlds.map((one) => one.close()));
  await killServers();
});

interface As {
  readonly era?: Era;
  readonly on?: World;
  readonly tenant?: string;
}
const use = (name: string, args: Record<string, unknown>, { era = 'modern', on = world, tenant = 'acme' }: As = {}) =>
  on.ask(`Bearer ${on.token({ org_id: tenant })}`, call(era, name, { query: 'q', ...args }));
const outputOf = (answer: Answer) => answer.json().result?.structuredContent ?? {};
const metaOf = (answer: Answer, name: string) => answer.json().result?.['_meta']?.[`mcp-gen/${name}`] as Record<string, unknown> | undefined;
const cursorFrom = async (as: As = {}, args: Record<string, unknown> = {}) => String(outputOf(await use('list_numbers', args, as))['nextCursor']);
const refusal = { error_class: 'validation', retryable: false, hint: expect.stringContaining('without cursor') as string, field_errors: [{ path: 'cursor', message: expect.any(String) as string }] };

describe('R036 cursors of a tool', () => {
  test.each(['modern', 'legacy'] as const)('R065 lead to the next page, and the result says that it was cut off: %s era', async (era) => {
    const first = await use('list_numbers', {}, { era });
    expect(metaOf(first, 'result')).toEqual({ completeness: 'complete', truncated: true });
    const cursor = String(outputOf(first)['nextCursor']);
    const second = outputOf(await use('list_numbers', { cursor, limit: 9 }, { era }));
    expect(second).toMatchObject({ start: 'Zwölf 🗒 <12>' });
    // Opaque, and safe wherever a text is.
    expect(cursor).toMatch(/^[\w-]+\.[0-9a-f]{32}$/);
    const other = era === 'modern' ? 'legacy' : 'modern';
    expect(outputOf(await use('list_numbers', { cursor }, { era: other }))).toEqual(second);
  });

  test('the last page says nothing of another', async () => {
    await use('create_note', { query: undefined, text: 'only one', idempotency_key: 'cursor-test-1' });
    const last = await use('search_notes', { query: 'only one' });
    expect(outputOf(last)).toEqual({ notes: [expect.objectContaining({ text: 'only one' })] });
    expect(metaOf(last, 'result')).toEqual({ completeness: 'complete' });
  });

  test('the notes go on where the page ended, for their tenant', async () => {
    for (const at of [1, 2, 3]) await use('create_note', { query: undefined, text: `page ${at}`, idempotency_key: `cursor-page-${at}` });
    const texts: unknown[] = [];
    for (let cursor: unknown, pages = 0; pages < 5; pages++) {
      const { notes, nextCursor } = outputOf(await use('search_notes', { query: 'page', limit: 2, cursor }));
      texts.push((notes as { text: string }[]).map(({ text }) => text));
      if (nextCursor === undefined) break;
      cursor = nextCursor;
    }
    expect(texts).toEqual([['page 3', 'page 2'], ['page 1']]);
  });

  test.each<[string, () => Promise<Answer>]>([
    ['another tenant', async () => use('list_numbers', { cursor: await cursorFrom() }, { tenant: 'globex' })],
    ['another tool', async () => use('search_notes', { cursor: await cursorFrom() })],
    ['other arguments', async () => use('list_numbers', { cursor: await cursorFrom(), query: 'other' })],
    ['a server with another secret', async () => use('list_numbers', { cursor: await cursorFrom() }, { on: await open(otherKey) })],
    ['a position that was changed', async () => use('list_numbers', { cursor: `${Buffer.from('end').toString('base64url')}.${(await cursorFrom()).split('.')[1]}` })],
    ['a signature that was changed', async () => use('list_numbers', { cursor: (await cursorFrom()).replace(/.$/, (last) => (last === '0' ? '1' : '0')) })],
    ['a signature that was cut', async () => use('list_numbers', { cursor: (await cursorFrom()).slice(0, -1) })],
    ['no signature', async () => use('list_numbers', { cursor: (await cursorFrom()).split('.')[0] })],
    ['a text that is no cursor', () => use('list_numbers', { cursor: 'canary %00 \u0000 ===' })],
    ['an empty text', () => use('list_numbers', { cursor: '' })],
    ['a bare id', () => use('search_notes', { cursor: '00000000-0000-4000-8000-000000000000' })],
  ])('are refused with what to do: %s', async (_, ask) => {
    const answer = await ask();
    expect(answer.json().result?.isError).toBe(true);
    expect(metaOf(answer, 'error')).toMatchObject(refusal);
    expect(answer.body).not.toContain('canary');
  });

  test('a cursor outlives its instance and a rotation of the secret', async () => {
    const cursor = await cursorFrom({ on: await open(oldKey) });
    const rotated = await open(`${key},${oldKey}`);
    expect(outputOf(await use('list_numbers', { cursor }, { on: rotated }))).toMatchObject({ start: 'Zwölf 🗒 <12>' });
    expect(metaOf(await use('list_numbers', { cursor }), 'error')).toMatchObject(refusal);
    expect(await cursorFrom({ on: rotated })).toBe(await cursorFrom());
  });

  test('a position that no client could bring back is a fault of the tool', async () => {
    expect(metaOf(await use('list_numbers', { length: 2_000 }), 'error')).toMatchObject({ error_class: 'internal' });
  });
});
