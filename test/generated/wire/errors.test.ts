import { Client as V2Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientKinds } from '../clients.ts';
import type { AnyClient } from '../clients.ts';
import { openWire, render, send } from './http.ts';
import type { Rpc, Sent } from './http.ts';
import { call, eras, legacy, modern } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startServer } from './server.ts';
import type { Server } from './server.ts';

/** Planted wherever a secret can be; must be found nowhere. */
const planted = {
  thrown: 'c4nary-thrown-7d1e',
  argument: 'c4nary-argument-5b0a',
  header: 'c4nary-header-e2f9',
  environment: 'MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=',
} as const;

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { CANARY: planted.thrown, MCP_SECRET: planted.environment, LOG_LEVEL: 'info' });
});
afterAll(killServers);

function expectNoSecret(text: string): void {
  for (const secret of Object.values(planted)) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/postgres:|db\.internal|ECONNREFUSED/);
}

/** What a tool throws, the class on the wire, and whether a retry may help. */
const classes = [
  ['validation', 'validation', false],
  ['notFound', 'not_found', false],
  ['permanent', 'permanent', false],
  ['transient', 'transient', true],
  ['authorization', 'authorization', false],
  ['rateLimit', 'rate_limit', true],
  ['conflict', 'conflict', false],
  ['error', 'internal', false],
] as const;

/** Everything else a handler can throw or return: all of it is `internal`. */
const strange = ['rejection', 'string', 'object', 'undefined', 'cause', 'getter', 'proxy', 'remoteStack', 'badOutput', 'throwInToJson', 'zod'] as const;

describe.each(Object.keys(clientKinds))('the %s', (kind) => {
  const isModern = kind === 'v2 client, 2026-07-28' || kind === 'v2 client, negotiating';
  let client: AnyClient;
  beforeAll(async () => {
    client = await clientKinds[kind as keyof typeof clientKinds](server.url);
    // From here on the client validates every structuredContent against the output schema.
    await client.listTools();
  });
  afterAll(() => client.close());

  test.each(classes)('R055 R056 R057 P49 gets ToolError.%s as class %s', async (thrown, errorClass, retryable) => {
    const result = (await client.callTool({ name: 'fail_as', arguments: { kind: thrown } })) as unknown as NonNullable<Rpc['result']>;
    const error = result['_meta']?.['mcp-gen/error'] as Record<string, unknown>;
    const id = String(error['correlation_id']);
    const internal = { message: 'The server could not complete this request.', hint: `Report correlation id ${id} to the operator of this server.` };
    const told = { message: `Refused as ${thrown}.`, hint: 'Call search_notes.' };
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(error).toEqual({ error_class: errorClass, retryable, ...(errorClass === 'internal' ? internal : told), ...(retryable && { retry_after_seconds: 7 }), correlation_id: id });
    expect(result.isError).toBe(true);
    expect(result.content).toEqual([{ type: 'text', text: JSON.stringify(error) }]);
    expect('structuredContent' in result).toBe(isModern);
    expect(result.structuredContent).toEqual(isModern ? { error } : undefined);
    expectNoSecret(JSON.stringify(result));
  });

  test.each(strange)('S092 S094 gets %s as class internal', async (thrown) => {
    const result = (await client.callTool({ name: 'fail_as', arguments: { kind: thrown, secret: planted.argument } })) as unknown as NonNullable<Rpc['result']>;
    expect(result['_meta']?.['mcp-gen/error']).toMatchObject({ error_class: 'internal' });
    expect(result.isError).toBe(true);
    expectNoSecret(JSON.stringify(result));
  });

  test('a validation error names its fields', async () => {
    const result = (await client.callTool({ name: 'fail_as', arguments: { kind: 'nope', secret: 5 } })) as unknown as NonNullable<Rpc['result']>;
    const error = result['_meta']?.['mcp-gen/error'] as { field_errors: { path: string }[] };
    expect(error.field_errors.map(({ path }) => path)).toEqual(['kind', 'secret']);
    expect(result.structuredContent === undefined).toBe(!isModern);
  });

  test('R059 S091 a tool that never ends is ended by its deadline, class transient', async () => {
    const result = (await client.callTool({ name: 'ignore_deadline', arguments: {} })) as unknown as NonNullable<Rpc['result']>;
    expect(result['_meta']?.['mcp-gen/error']).toMatchObject({ error_class: 'transient', retryable: true });
  });

  test('an error after progress still arrives', async () => {
    const seen: number[] = [];
    const options = { onprogress: ({ progress }: { progress: number }) => void seen.push(progress) };
    const request = { name: 'report_progress', arguments: { fail: true } };
    const result = (await (client instanceof V2Client ? client.callTool(request, options) : (client.callTool as (...words: unknown[]) => Promise<unknown>).call(client, request, undefined, options))) as NonNullable<Rpc['result']>;
    expect(seen).toEqual([1, 2, 3]);
    expect(result['_meta']?.['mcp-gen/error']).toMatchObject({ error_class: 'internal' });
    expect(result.structuredContent === undefined).toBe(!isModern);
    expectNoSecret(JSON.stringify(result));
  });

  test('R058 an unknown tool is a protocol error', async () => {
    await expect(client.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toMatchObject({ code: -32_602 });
  });

  test('a tool with idempotency refuses, replays and conflicts without breaking the client', async () => {
    const key = `errors of ${kind}`;
    const spend = async (args: Record<string, unknown>) => (await client.callTool({ name: 'spend_money', arguments: { name: kind, ...args } })) as unknown as NonNullable<Rpc['result']>;
    expect((await spend({}))['_meta']?.['mcp-gen/error']).toMatchObject({ error_class: 'validation' });
    expect((await spend({ idempotency_key: key })).structuredContent).toMatchObject({ times: 1 });
    expect((await spend({ idempotency_key: key })).structuredContent).toMatchObject({ times: 1 });
    expect((await spend({ amount: 2, idempotency_key: key }))['_meta']?.['mcp-gen/error']).toMatchObject({ error_class: 'conflict' });
  });

  test.each([...classes.map(([thrown]) => thrown), ...strange])('R060 S093 a resource that fails with %s, and the log, keep the secret', async (thrown) => {
    const clientsFault = thrown === 'validation' || thrown === 'notFound';
    const error: unknown = await client.readResource({ uri: `probe://broken/${thrown}` }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: clientsFault ? -32_602 : -32_603 });
    expectNoSecret(JSON.stringify(error) + String(error));
  });

  test.each([...classes.map(([thrown]) => thrown), ...strange.filter((thrown) => thrown !== 'throwInToJson' && thrown !== 'badOutput')])('R060 S093 a prompt that fails with %s keeps the secret', async (thrown) => {
    const clientsFault = thrown === 'validation' || thrown === 'notFound';
    const error: unknown = await client.getPrompt({ name: 'broken_prompt', arguments: { kind: thrown } }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: clientsFault ? -32_602 : -32_603 });
    expectNoSecret(JSON.stringify(error) + String(error));
  });
});

describe.each(['modern', 'legacy'] as const)('R060 S092 S093 canaries on the wire, %s era', (era) => {
  /** Secrets in every header a client may send. */
  const headers = { authorization: `Bearer ${planted.header}`, cookie: `session=${planted.header}`, 'x-api-key': planted.header, 'user-agent': planted.header, traceparent: planted.header, 'x-forwarded-for': planted.header, 'mcp-session-id': planted.header };
  const secret = planted.argument;
  const everywhere: [string, Sent][] = [
    ...[...classes.map(([thrown]) => thrown), ...strange].flatMap((kind): [string, Sent][] => [
      [`tool ${kind}`, call(era, 'fail_as', { kind, secret }, { headers })],
      [`check ${kind}`, call(era, 'fail_in_check', { kind }, { headers })],
      [`resource ${kind}`, eras[era]('resources/read', { uri: `probe://broken/${kind}` }, { headers })],
      [`prompt ${kind}`, eras[era]('prompts/get', { name: 'broken_prompt', arguments: { kind } }, { headers })],
    ]),
    ['progress and failure', call(era, 'report_progress', { fail: true }, { headers, meta: { progressToken: 'p' } })],
    ['completion of a resource', eras[era]('completion/complete', { ref: { type: 'ref/resource', uri: 'probe://broken/{kind}' }, argument: { name: 'kind', value: 'boom' } }, { headers })],
    ['completion of a prompt', eras[era]('completion/complete', { ref: { type: 'ref/prompt', name: 'broken_prompt' }, argument: { name: 'kind', value: 'boom' } }, { headers })],
    ['a wrong argument', call(era, 'fail_as', { kind: secret, [secret]: secret }, { headers })],
    ['a wrong type', call(era, 'search_notes', { query: { [secret]: secret } }, { headers })],
    ['an unknown tool', call(era, `x_${secret.replaceAll('-', '_')}`, {}, { headers })],
    ['an unknown resource id', eras[era]('resources/read', { uri: 'notes://note/00000000-0000-4000-8000-000000000000' }, { headers })],
    ['undeclared output', call(era, 'leak_output', {}, { headers })],
    ['broken JSON', { ...eras[era]('tools/list', {}, { headers }), body: `{"secret":"${secret}` }],
    ['a write', call(era, 'spend_money', { name: secret, idempotency_key: secret, fail: 'error' }, { headers })],
    ['a write again', call(era, 'spend_money', { name: secret, idempotency_key: secret, fail: 'error' }, { headers })],
    ['a note', call(era, 'create_note', { text: secret, idempotency_key: `${era}-${secret}` }, { headers })],
  ];

  test('no body, header or log line holds a secret, whatever fails', async () => {
    const leaks: string[] = [];
    for (const [title, sent] of everywhere) {
      const { raw } = await send(server.port, sent);
      // A field name that the client sent may be named back to it.
      const answered = title === 'a wrong argument' ? raw.replaceAll(secret, '') : raw;
      if (Object.values(planted).some((one) => answered.includes(one)) || /postgres:|db\.internal|ECONNREFUSED|\bat .*\.[jt]s:\d/.test(answered)) leaks.push(title);
    }
    expect(leaks).toEqual([]);
    expectNoSecret(server.stdout() + server.stderr());
  });

  test('S093 R060 a list that fails keeps the secret, and says so in the same words', async () => {
    const broken = await startServer(await probeRepo(), { CANARY: planted.thrown, PROBE_LIST: 'throws' });
    const answer = await send(broken.port, eras[era]('resources/list'));
    expect(answer.json().error).toMatchObject({ code: -32_603, data: { error_class: 'internal', correlation_id: expect.any(String) as string } });
    expectNoSecret(answer.raw + broken.stdout() + broken.stderr());
    await broken.kill();
  });

  test('R061 R145 the correlation id of an error is that of its log line and of its audit record', async () => {
    const { result } = (await send(server.port, call(era, 'fail_as', { kind: 'error' }))).json();
    const { correlation_id: id } = { ...(result?.['_meta']?.['mcp-gen/error'] as object | undefined) } as Record<string, unknown>;
    const lines = await server.logUntil((log) => log.some(({ event, correlation_id }) => event === 'mcp.audit' && correlation_id === id));
    const own = lines.filter(({ correlation_id }) => correlation_id === id);
    expect(own.map(({ event }) => event)).toEqual([expect.stringMatching(/\.failed$/), 'mcp.audit']);
    expect(own[0]).toMatchObject({ level: 'error', error: 'Error', at: expect.stringContaining('failAs') as string });
  });

  test('R145 lines a tool writes carry the id of its call', async () => {
    const { result } = (await send(server.port, call(era, 'echo_nonce', { nonce: 'x' }))).json();
    const id = result?.structuredContent?.['correlation'];
    const lines = await server.logUntil((log) => log.filter(({ correlation_id }) => correlation_id === id).length === 2);
    expect(lines.filter(({ correlation_id }) => correlation_id === id).map(({ event }) => event)).toEqual(['probe.echo', 'mcp.audit']);
  });

  test('S096 what a client calls itself stays one line of log', async () => {
    const name = 'evil\r\n{"event":"mcp.audit","forged":true}\u001b[31m\u2028';
    const clientInfo = { name, version: '1\n2' };
    await send(server.port, era === 'modern' ? call(era, 'echo_nonce', { nonce: 'forge' }, { meta: { 'io.modelcontextprotocol/clientInfo': clientInfo, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\n{}` } }) : legacy('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo }));
    const log = await server.logUntil(() => true);
    expect(log.some((line) => 'forged' in line)).toBe(false);
    // An escape sequence would reach the terminal of whoever reads the log.
    expect(server.stdout()).not.toContain('\u001b');
  });
});

test('R060 debug is the only level that prints what was thrown', async () => {
  for (const [level, shown] of [['info', false], ['silent', false], ['debug', true]] as const) {
    const leveled = await startServer(await probeRepo(), { CANARY: planted.thrown, LOG_LEVEL: level });
    const answer = await send(leveled.port, call('modern', 'fail_as', { kind: 'error' }));
    expectNoSecret(answer.raw);
    await leveled.logUntil((log) => log.some(({ event }) => event === 'mcp.audit'));
    expect([level, leveled.stdout().includes(planted.thrown)]).toEqual([level, shown]);
    await leveled.kill();
  }
});

test('S092 a secret in what crashes the process stays out of its last words', async () => {
  for (const how of ['throw', 'reject']) {
    const doomed = await startServer(await probeRepo(), { CANARY: planted.thrown });
    const wire = await openWire(doomed.port);
    wire.write(render(doomed.port, call('modern', 'crash_later', { how })));
    expect((await doomed.exited).code).toBe(1);
    expectNoSecret(doomed.stdout() + doomed.stderr());
    expect(doomed.log().at(-1)).toMatchObject({ level: 'error', event: 'process.crashed' });
    wire.close();
  }
});

test('a modern request with every field of the envelope filled with secrets leaves none of them anywhere', async () => {
  const meta = { 'io.modelcontextprotocol/clientInfo': { name: 'x', version: planted.argument }, baggage: planted.argument, tracestate: planted.argument, traceparent: planted.argument, other: planted.argument };
  const answer = await send(server.port, modern('tools/call', { name: 'fail_as', arguments: { kind: 'error' } }, { meta }));
  expectNoSecret(answer.raw + server.stdout());
});
