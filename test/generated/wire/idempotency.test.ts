import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWire, render, send } from './http.ts';
import type { Rpc } from './http.ts';
import { call, eras } from './message.ts';
import type { Era } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startServer, until } from './server.ts';
import type { Server } from './server.ts';

type Result = NonNullable<Rpc['result']>;
type Line = Record<string, unknown>;

const secret = randomBytes(32).toString('base64');
let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { MCP_SECRET: secret });
});
afterAll(killServers);

const use = async (name: string, args: Record<string, unknown> = {}, era: Era = 'modern', on = server): Promise<Result> => {
  const { result } = (await send(on.port, call(era, name, args))).json();
  if (!result) throw new Error(`${name} has no result`);
  return result;
};
const times = async (name: string): Promise<unknown> => (await use('count_effects', { name })).structuredContent?.['times'];
const tokenIn = (result: Result) => /"confirm_token": "([^"]+)"/.exec(String(errorOf(result)?.['hint']))?.[1];
const errorOf = (result: Result) => result['_meta']?.['mcp-gen/error'] as Record<string, unknown> | undefined;

describe.each(['modern', 'legacy'] as const)('idempotency, %s era', (era) => {
  let name: string;
  let key: string;
  let count = 0;
  const fresh = () => {
    name = `${era}-${++count}`;
    key = `key-of-${name}`;
  };
  const spend = (args: Record<string, unknown> = {}, tool = 'spend_money') => use(tool, { name, idempotency_key: key, ...args }, era);

  test('R133 the schema asks for a key, and a call without one is refused by name before any effect', async () => {
    fresh();
    const tools = (await send(server.port, eras[era]('tools/list'))).json().result?.['tools'] as { name: string; annotations: Line; inputSchema: { required: string[]; properties: Record<string, Line> } }[];
    const listed = (wanted: string) => tools.find((tool) => tool.name === wanted);
    for (const keyed of ['spend_money', 'wipe_value', 'create_note', 'delete_note']) {
      expect(listed(keyed)?.inputSchema.required).toContain('idempotency_key');
      expect(listed(keyed)?.inputSchema.properties['idempotency_key']).toMatchObject({ type: 'string', minLength: 8, maxLength: 128 });
      expect(listed(keyed)?.annotations).toMatchObject({ idempotentHint: true, readOnlyHint: false });
    }
    for (const other of ['put_value', 'echo_nonce']) expect(listed(other)?.inputSchema.properties).not.toHaveProperty('idempotency_key');
    expect(listed('wipe_value')?.annotations).toMatchObject({ destructiveHint: true });
    for (const bad of [{}, { idempotency_key: 'short' }, { idempotency_key: 'x'.repeat(129) }, { idempotency_key: 12_345_678 }, { idempotency_key: null }]) {
      const error = errorOf(await use('spend_money', { name, ...bad }, era));
      expect(error).toMatchObject({ error_class: 'validation' });
      expect(JSON.stringify(error?.['field_errors'])).toContain('idempotency_key');
    }
    expect(await times(name)).toBe(0);
  });

  test('R059 a check that outlasts the deadline is followed by no effect', async () => {
    fresh();
    expect(errorOf(await use('check_slowly', { name }, era))).toMatchObject({ error_class: 'transient' });
    await until(async () => (await times(`${name}.checked`)) === 1);
    expect(await times(name)).toBe(0);
  });

  test('R134 the same key and arguments are replayed: same result, one effect', async () => {
    fresh();
    const first = await spend();
    const second = await spend();
    expect(second.structuredContent).toEqual(first.structuredContent);
    expect(second.content).toEqual(first.content);
    expect(second['_meta']?.['mcp-gen/result']).toMatchObject({ completeness: 'complete', replayed: true });
    expect(await times(name)).toBe(1);
  });

  test('R134 an argument left out equals its default', async () => {
    fresh();
    await spend();
    expect((await spend({ amount: 1, ms: 0, fail: 'no' }))['_meta']?.['mcp-gen/result']).toMatchObject({ replayed: true });
  });

  test('R134 equal arguments are equal in any order and spelling', async () => {
    fresh();
    const sent = call(era, 'spend_money', { name, amount: 3, table: { a: 1, b: 2 }, idempotency_key: key });
    await send(server.port, sent);
    const turned = call(era, 'spend_money', { idempotency_key: key, table: { b: 2, a: 1 }, amount: 3, name });
    const again = await send(server.port, { ...turned, body: turned.body.replace('"amount":3', '"amount":3.0e0') });
    expect(again.json().result?.['_meta']?.['mcp-gen/result']).toMatchObject({ replayed: true });
    expect(await times(name)).toBe(1);
  });

  test('R134 S064 the same key with other arguments is a conflict', async () => {
    fresh();
    await spend();
    const conflict = await spend({ amount: 2 });
    expect(errorOf(conflict)).toMatchObject({ error_class: 'conflict', retryable: false, hint: expect.stringContaining('new key') as string });
    expect(await times(name)).toBe(1);
  });

  test('R135 a call that still runs is a conflict that may be retried, then a replay', async () => {
    fresh();
    const running = spend({ ms: 1_000 });
    await until(async () => errorOf(await spend({ ms: 1_000 }))?.['error_class'] === 'conflict');
    expect(errorOf(await spend({ ms: 1_000 }))).toMatchObject({ error_class: 'conflict', retryable: true, retry_after_seconds: 1 });
    await running;
    expect((await spend({ ms: 1_000 }))['_meta']?.['mcp-gen/result']).toMatchObject({ replayed: true });
    expect(await times(name)).toBe(1);
  });

  test('R134 S065 20 in parallel have one effect', async () => {
    fresh();
    const results = await Promise.all(Array.from({ length: 20 }, () => spend({ ms: 50 })));
    expect(await times(name)).toBe(1);
    const done = results.filter((result) => !result.isError);
    expect(done.length).toBeGreaterThan(0);
    expect(new Set(done.map((result) => JSON.stringify(result.structuredContent))).size).toBe(1);
    for (const result of results.filter((one) => one.isError)) expect(errorOf(result)).toMatchObject({ error_class: 'conflict', retryable: true });
  });

  test('S063 two tools with the same key are independent', async () => {
    fresh();
    await spend();
    const other = await spend({}, 'spend_other');
    expect(other.structuredContent).toMatchObject({ times: 2 });
    expect(other['_meta']?.['mcp-gen/result']).not.toHaveProperty('replayed');
  });

  test('the key that upstreams get is stable, derived, and not the client\'s', async () => {
    fresh();
    const { structuredContent } = await spend();
    expect(structuredContent?.['key']).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a ToolError frees the key: nothing has happened', async () => {
    fresh();
    expect(errorOf(await spend({ fail: 'permanent' }))).toMatchObject({ error_class: 'permanent' });
    expect(errorOf(await spend({ fail: 'permanent' }))).toMatchObject({ error_class: 'permanent' });
    expect((await spend()).structuredContent).toMatchObject({ times: 1 });
  });

  test('R135 after an unexpected error the outcome is unknown: no second effect', async () => {
    fresh();
    expect(errorOf(await spend({ fail: 'error' }))).toMatchObject({ error_class: 'internal' });
    expect(errorOf(await spend({ fail: 'error' }))).toMatchObject({ error_class: 'conflict', retryable: false });
    expect(await times(name)).toBe(1);
  });

  test('R135 a deadline that passes loses no result: the retry gets it', async () => {
    fresh();
    expect(errorOf(await spend({}, 'spend_slowly'))).toMatchObject({ error_class: 'transient', retryable: true, hint: expect.stringContaining('same idempotency_key') as string });
    let last: Result | undefined;
    await until(async () => !(last = await spend({}, 'spend_slowly')).isError);
    expect(last?.['_meta']?.['mcp-gen/result']).toMatchObject({ replayed: true });
    expect(await times(name)).toBe(1);
  });

  test('R135 a connection cut after the effect loses no result', async () => {
    fresh();
    const wire = await openWire(server.port);
    wire.write(render(server.port, call(era, 'spend_money', { name, ms: 300, idempotency_key: key })));
    await until(async () => errorOf(await spend({ ms: 300 }))?.['error_class'] === 'conflict');
    wire.close();
    await until(async () => !(await spend({ ms: 300 })).isError);
    expect(await times(name)).toBe(1);
  });

  test('a replayed delete does not fail its own check', async () => {
    fresh();
    await use('put_value', { name, value: 5 }, era);
    const confirm_token = tokenIn(await spend({}, 'wipe_value'));
    expect((await spend({ confirm_token }, 'wipe_value')).structuredContent).toEqual({ wiped: true });
    for (const again of [{ confirm_token }, {}]) expect((await spend(again, 'wipe_value')).structuredContent).toEqual({ wiped: true });
    expect(errorOf(await use('wipe_value', { name, idempotency_key: `${key}-other` }, era))).toMatchObject({ error_class: 'not_found' });
  });

  test('R136 a natural effect needs no key and may be repeated', async () => {
    fresh();
    for (let at = 0; at < 2; at++) expect((await use('put_value', { name, value: 9 }, era)).structuredContent).toEqual({ value: 9 });
    expect(await times(name)).toBe(9);
  });
});
