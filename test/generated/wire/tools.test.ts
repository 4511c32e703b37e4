import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWire, render, send } from './http.ts';
import type { Sent } from './http.ts';
import { call, eras } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startServer, until } from './server.ts';
import type { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { CANARY: 'canary-of-protocol' });
});
afterAll(killServers);

const withBody = (sent: Sent, body: string): Sent => ({ ...sent, body });

/** Arguments of `nested_input` that are right, but for what is given. */
const inner = (item: Record<string, unknown>, extra: Record<string, unknown> = {}) => ({ mode: 'fast', inner: { items: [{ count: 1, id: 'abc', ...item }], ...extra } });

describe.each(['modern', 'legacy'] as const)('tools and schemas, %s era', (era) => {
  const ask = async (method: string, params: Record<string, unknown> = {}) => (await send(server.port, eras[era](method, params))).json();
  const use = async (name: string, args: Record<string, unknown> = {}) => (await ask('tools/call', { name, arguments: args })).result;
  const listed = async () => (await ask('tools/list')).result?.['tools'] as { name: string; description?: string; inputSchema: Record<string, unknown>; outputSchema?: Record<string, unknown> }[];

  test('P46 names are portable and unique', async () => {
    const names = (await listed()).map(({ name }) => name);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_.-]{1,128}$/);
    expect(new Set(names).size).toBe(names.length);
  });

  test('P50 P51 R031 R042 every defined tool has both schemas, closed at every depth, in 2020-12', async () => {
    const hooked = new Set(['ask_first', 'ask_and_remember', 'recall_other', 'publish_change', 'log_to_client']);
    const open = (schema: unknown): unknown[] => {
      if (typeof schema !== 'object' || schema === null) return [];
      const here = 'type' in schema && schema.type === 'object' && 'properties' in schema && (schema as Record<string, unknown>)['additionalProperties'] !== false;
      return [...(here ? [schema] : []), ...Object.values(schema).flatMap(open)];
    };
    for (const { name, inputSchema, outputSchema } of await listed()) {
      if (hooked.has(name)) continue;
      for (const schema of [inputSchema, outputSchema]) {
        expect([name, schema?.['$schema'], open(schema)]).toEqual([name, 'https://json-schema.org/draft/2020-12/schema', []]);
      }
    }
  });

  test('R022 R023 a description says when, what comes back, what can fail and what changes', async () => {
    const wipe = (await listed()).find(({ name }) => name === 'wipe_value');
    expect(wipe?.description).toMatch(/Call this .*\n.*Returns: Something\.\n.*Fails when: there is no such value\.\n.*removes one value/s);
  });

  test.each<[string, Record<string, unknown>, string, string?]>([
    ['R042 an unknown key at the root', { ...inner({}), canary_key: 1 }, 'canary_key'],
    ['R042 an unknown key in an object', inner({}, { canary_key: 1 }), 'canary_key'],
    ['R042 an unknown key in an item of a list', inner({ canary_key: 1 }), 'canary_key'],
    ['R043 a missing field', { inner: { items: [] } }, 'mode'],
    ['R043 a value outside of a closed set, with the allowed ones', { mode: 'canary', inner: { items: [] } }, 'fast', 'canary'],
    ['R044 an identifier that is too short', inner({ id: 'ab' }), 'inner.items.0.id'],
    ['R044 an identifier that is too long', inner({ id: 'a'.repeat(65) }), 'inner.items.0.id', 'a'.repeat(65)],
    ['R044 an identifier with a line break at its end', inner({ id: 'abc\n' }), 'inner.items.0.id'],
    ['R045 R054 values that contradict each other', { ...inner({}), start: '2026-02-01', end: '2026-01-01' }, 'start'],
    ['R046 a negative count', inner({ count: -1 }), 'inner.items.0.count'],
    ['R046 a count over the maximum', inner({ count: 101 }), 'inner.items.0.count'],
    ['R046 an impossible date', { ...inner({}), start: '2026-02-30' }, 'start', '2026-02-30'],
    ['S019 a number over the safe integers', inner({ count: 2 ** 53 + 2 }), 'inner.items.0.count', '9007199254740994'],
    ['S019 a number as text', inner({ count: 'NaN-canary' }), 'inner.items.0.count', 'NaN-canary'],
    ['P47 a list where an object belongs', { mode: 'fast', inner: [] }, 'inner'],
  ])('P47 R052 R058 R062 refuses %s before any effect, without repeating the value', async (_, args, named, secret) => {
    const before = await use('count_effects', { name: 'nested_input' });
    const result = await use('nested_input', args);
    expect(result?.isError).toBe(true);
    const error = JSON.parse(result?.content?.[0]?.text ?? '') as { error_class: string; field_errors: unknown[]; hint: string };
    expect(error).toMatchObject({ error_class: 'validation', retryable: false, hint: expect.any(String) as string });
    expect(JSON.stringify(error.field_errors)).toContain(named);
    expect(JSON.stringify(result)).not.toContain(secret ?? 'canary-that-nobody-sent');
    expect((await use('count_effects', { name: 'nested_input' }))?.structuredContent).toEqual(before?.structuredContent);
  });

  test.each([
    ['1e400 is no finite number', '"number":1e400'],
    ['minus 1e400', '"number":-1e400'],
  ])('S019 refuses a number that overflows: %s', async (_, field) => {
    const sent = call(era, 'nested_input', inner({}));
    const answer = await send(server.port, withBody(sent, sent.body.replace('"mode":"fast"', `"mode":"fast",${field}`)));
    expect(answer.json().result?.isError).toBe(true);
  });

  test.each(['NaN', 'Infinity', '01', '0x1', '+1'])('S019 refuses %s as JSON', async (literal) => {
    const sent = call(era, 'nested_input', inner({}));
    const answer = await send(server.port, withBody(sent, sent.body.replace('"count":1', `"count":${literal}`)));
    expect([answer.status, answer.json().error?.code]).toEqual([400, -32_700]);
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', ''])('S082 answers a tool named %j as unknown', async (name) => {
    const sent = call(era, name);
    const { error } = (await send(server.port, sent)).json();
    expect(error?.code).toBe(-32_602);
  });

  test.each<[string, string]>([
    ['at the root', '"mode":"fast","__proto__":{"polluted":1}'],
    ['in an object', '"mode":"fast","anything":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'],
    ['in a table', '"mode":"fast","table":{"__proto__":1,"constructor":2}'],
  ])('S081 a __proto__ key %s pollutes nothing', async (_, replacement) => {
    const sent = call(era, 'nested_input', inner({}));
    const answer = await send(server.port, withBody(sent, sent.body.replace('"mode":"fast"', replacement)));
    expect(answer.status).toBe(200);
    expect(answer.json().result?.structuredContent?.['polluted'] ?? false).toBe(false);
    expect((await use('nested_input', inner({})))?.structuredContent).toEqual({ keys: ['mode', 'inner'], polluted: false });
  });

  test.each([
    ['a lone surrogate', '\\ud800'],
    ['NUL', 'a\\u0000b'],
    ['bidirectional controls', 'a\\u202eb'],
    ['zero width characters', '\\u200b\\u200d\\ufeff'],
    ['tag characters', '\\udb40\\udc41'],
    ['escape sequences', '\\u001b[31mred\\r\\n'],
    ['S078 template expressions', '{{7*7}} ${7*7} #{7*7} <%= 7*7 %>'],
    ['S071 shell characters', '$(touch /x) `id` ; | && --output=/x'],
  ])('S020 S078 %s in a text are refused or come back as they were', async (_, escaped) => {
    const sent = call(era, 'echo_nonce', { nonce: 'N' });
    const answer = await send(server.port, withBody(sent, sent.body.replace('"nonce":"N"', `"nonce":"${escaped}"`)));
    expect(answer.status).toBe(200);
    const { result } = answer.json();
    expect(result?.isError ? 'refused' : result?.structuredContent?.['nonce']).toBe(result?.isError ? 'refused' : JSON.parse(`"${escaped}"`));
  });

  test('P52 R031 a result carries its output twice: parsed, and as JSON text', async () => {
    const result = await use('echo_nonce', { nonce: 'n' });
    expect(JSON.parse(result?.content?.[0]?.text ?? '')).toEqual(result?.structuredContent);
  });

  test('S094 R031 undeclared keys of an output never leave', async () => {
    const result = await use('leak_output');
    expect(result?.structuredContent).toEqual({ id: 'x', inner: { name: 'n' } });
    expect(JSON.stringify(result)).not.toContain('canary-of-protocol');
  });

  test('R029 a call that worked in part says so, and is no error', async () => {
    const result = await use('partial_work');
    expect(result?.isError).toBeFalsy();
    expect(result?.structuredContent).toEqual({ status: 'deployed_unhealthy', done: 8 });
    expect(result?.['_meta']?.['mcp-gen/result']).toMatchObject({ completeness: 'partial', failed: [{ id: 'a' }, { id: 'b' }] });
    // A model that sees the content alone must not take the part for the whole.
    expect(result?.content?.map(({ text }) => text)).toEqual([JSON.stringify(result?.structuredContent), expect.stringMatching(/^Only a part was done\..*"a".*is locked.*"b".*is gone/)]);
  });

  test('a read tool finds no way to write', async () => {
    const seen = (await use('show_context'))?.structuredContent;
    expect(seen?.['keys']).not.toContain('write');
    expect(seen?.['principal']).toMatchObject({ tenant: 'local' });
  });

  test.each([
    ['an encoded slash', 'a%2Fb'],
    ['dots', '..'],
    ['encoded dots', '%2e%2e%2f%2e%2e%2fetc%2fpasswd'],
    ['ten kilobytes', 'a'.repeat(10_000)],
    ['broken percent encoding', '%E0%A4%A'],
    ['a NUL', '%00'],
    ['many braces', '{{{{{'.repeat(500)],
  ])('P53 R020 S073 S079 refuses a resource id of %s', async (_, id) => {
    const { error } = (await send(server.port, eras[era]('resources/read', { uri: `notes://note/${id}` }))).json();
    expect([-32_602, -32_002]).toContain(error?.code);
    expect(JSON.stringify(error).length).toBeLessThan(12_000);
  });

  test('R018 R020 reads a fixed resource and lists templates', async () => {
    expect((await ask('resources/read', { uri: 'probe://fixed' })).result?.['contents']).toEqual([{ uri: 'probe://fixed', mimeType: 'text/plain', text: 'constant' }]);
    expect((await ask('resources/templates/list')).result?.['resourceTemplates']).toContainEqual(expect.objectContaining({ uriTemplate: 'notes://note/{id}' }));
  });

  test('R021 completes the argument of a prompt', async () => {
    const { result } = await ask('completion/complete', { ref: { type: 'ref/prompt', name: 'summarize_notes' }, argument: { name: 'style', value: 'b' } });
    expect(result?.['completion']).toMatchObject({ values: ['bullets'] });
  });

  test('P05 P14 P39 R005 a fast call answers as JSON, one with progress as a stream that ends with the result', async () => {
    expect((await send(server.port, call(era, 'report_progress'))).headers['content-type']).toMatch(/^application\/json/);
    const stream = await send(server.port, call(era, 'report_progress', {}, { meta: { progressToken: 'token-1' } }));
    expect(stream.headers['content-type']).toMatch(/^text\/event-stream/);
    expect(stream.headers['x-accel-buffering']).toBe('no');
    const events = stream.events();
    expect(events.slice(0, -1).map(({ params }) => [params?.['progressToken'], params?.['progress'], params?.['total']])).toEqual([1, 2, 3].map((done) => ['token-1', done, 3]));
    expect(events.at(-1)?.result?.structuredContent).toEqual({ value: 3 });
  });

  test.each([
    ['', {}],
    [' that streams', { progressToken: 1 }],
  ])('P37 a call whose connection%s closes is cancelled', async (streams, meta) => {
    const name = `cancelled ${era}${streams}`;
    const wire = await openWire(server.port);
    wire.write(render(server.port, call(era, 'slow_call', { ms: 20_000, name }, { meta: meta as Record<string, unknown> })));
    const times = async (what: string) => (await use('count_effects', { name: `${name}.${what}` }))?.structuredContent?.['times'];
    await until(async () => (await times('started')) === 1);
    wire.close();
    await until(async () => (await times('aborted')) === 1);
    expect(await times('finished')).toBe(0);
  });
});
