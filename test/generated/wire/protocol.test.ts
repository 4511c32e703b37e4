import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWire, render, send } from './http.ts';
import type { Sent } from './http.ts';
import { call, eras, MODERN, modern, notification } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startServer } from './server.ts';
import type { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { CANARY: 'canary-of-protocol' });
});
afterAll(killServers);

interface Row {
  readonly title: string;
  readonly sent: Sent;
  readonly status: number;
  /** Of the JSON-RPC error; without one the answer has to be a result. */
  readonly code?: number;
  /** What the message holds besides. */
  readonly holds?: object;
}

const asRpc = (title: string, sent: Sent, status: number, code?: number, holds?: object): Row => ({ title, sent, status, ...(code !== undefined && { code }), ...(holds && { holds }) });
const list = (options: Parameters<typeof modern>[2] = {}) => modern('tools/list', {}, options);
const withBody = (sent: Sent, body: string): Sent => ({ ...sent, body });
const echo = (headers: Record<string, string | undefined>) => call('modern', 'echo_nonce', { nonce: 'n' }, { headers });
const region = (args: Record<string, unknown>, headers: Record<string, string>) => call('modern', 'route_region', args, { headers });
const isId = (id: unknown) => ({ id });
const old = '1900-01-01';

describe('protocol rows of the 2026 era', () => {
  test.each<Row>([
    asRpc('P04 answers a POST at the endpoint', list(), 200),
    asRpc('P05 refuses a media type that is not JSON', list({ headers: { 'content-type': 'text/plain' } }), 415, -32_600),
    asRpc('P05 accepts a charset parameter', list({ headers: { 'content-type': 'application/json; charset=utf-8' } }), 200),
    asRpc('P07 R015 answers broken JSON with a parse error', withBody(list(), '{nope'), 400, -32_700, isId(null)),
    asRpc('P07 R015 answers an empty body with a parse error', withBody(list(), ''), 400, -32_700, isId(null)),
    asRpc('P08 S022 refuses a batch', withBody(list(), `[${list().body}]`), 400, -32_600),
    asRpc('P08 R015 refuses a scalar', withBody(list(), '1'), 400, -32_600),
    asRpc('P08 refuses null', withBody(list(), 'null'), 400, -32_600),
    asRpc('P08 refuses another JSON-RPC version', withBody(list(), list().body.replace('"2.0"', '"1.0"')), 400, -32_600),
    asRpc('P10 S021 refuses an id null', list({ id: null }), 400, -32_600),
    asRpc('P10 S021 refuses an id that is an object', list({ id: { a: 1 } }), 400, -32_600),
    asRpc('P10 S021 refuses an id that is an array', list({ id: [1] }), 400, -32_600),
    asRpc('P10 S021 refuses a fractional id', list({ id: 1.5 }), 400, -32_600),
    asRpc('P10 S021 refuses an id that is a boolean', list({ id: true }), 400, -32_600),
    asRpc('P10 S021 refuses an id of half a megabyte', list({ id: 'x'.repeat(500_000) }), 400, -32_600, { id: null }),
    asRpc('P10 keeps a string id', list({ id: 'a-1' }), 200, undefined, isId('a-1')),
    asRpc('P10 keeps an id of 0', list({ id: 0 }), 200, undefined, isId(0)),
    asRpc('P12 refuses a response from a client', withBody(list(), '{"jsonrpc":"2.0","id":1,"result":{}}'), 400, -32_600),
    asRpc('P13 answers a client that accepts JSON only', list({ headers: { accept: 'application/json' } }), 200),
    asRpc('P16 S024 requires the version header', list({ headers: { 'mcp-protocol-version': undefined } }), 400, -32_020, isId(1)),
    asRpc('P17 S024 compares the version header with the body', list({ headers: { 'mcp-protocol-version': '2025-11-25' } }), 400, -32_020),
    asRpc('P18 S024 requires Mcp-Method', list({ headers: { 'mcp-method': undefined } }), 400, -32_020),
    asRpc('P18 S024 R151 compares Mcp-Method with the body', list({ headers: { 'mcp-method': 'tools/call' } }), 400, -32_020),
    asRpc('P18 S024 refuses Mcp-Method twice', { ...list(), more: [['mcp-method', 'tools/call']] }, 400, -32_020),
    asRpc('P19 S024 requires Mcp-Name for a tool', echo({ 'mcp-name': undefined }), 400, -32_020),
    asRpc('P19 S024 R151 compares Mcp-Name with the tool', echo({ 'mcp-name': 'slow_call' }), 400, -32_020),
    asRpc('P19 S024 compares Mcp-Name with case', echo({ 'mcp-name': 'ECHO_NONCE' }), 400, -32_020),
    asRpc('P19 S024 refuses Mcp-Name twice', { ...echo({}), more: [['mcp-name', 'slow_call']] }, 400, -32_020),
    asRpc('P19 S024 decodes a Base64 Mcp-Name', echo({ 'mcp-name': `=?base64?${btoa('echo_nonce')}?=` }), 200, undefined, { result: { structuredContent: { nonce: 'n' } } }),
    asRpc('P19 S024 refuses bad Base64 in Mcp-Name', echo({ 'mcp-name': '=?base64?%%%?=' }), 400, -32_020),
    asRpc('P19 S024 compares a decoded Mcp-Name too', echo({ 'mcp-name': `=?base64?${btoa('slow_call')}?=` }), 400, -32_020),
    asRpc('P19 S024 takes an encoded name of the sentinel literally', call('modern', '=?base64?eA==?='), 200, -32_602),
    asRpc('P19 S024 requires Mcp-Name for a prompt', modern('prompts/get', { name: 'broken_prompt' }, { headers: { 'mcp-name': undefined } }), 400, -32_020),
    asRpc('P19 S024 compares Mcp-Name with the URI of a resource', modern('resources/read', { uri: 'probe://fixed' }, { headers: { 'mcp-name': 'probe://other' } }), 400, -32_020),
    asRpc('S018 compares Mcp-Name with the last of two equal keys', withBody(echo({}), echo({}).body.replace('"name":"echo_nonce"', '"name":"echo_nonce","name":"slow_call"')), 400, -32_020),
    asRpc('P20 S024 requires Mcp-Param for a value in the body', region({ region: 'eu' }, {}), 400, -32_020),
    asRpc('P20 S024 compares Mcp-Param with the body', region({ region: 'eu' }, { 'mcp-param-region': 'us' }), 400, -32_020),
    asRpc('P20 R151 accepts a matching Mcp-Param', region({ region: 'eu' }, { 'mcp-param-region': 'eu' }), 200),
    asRpc('P20 compares integers as numbers', region({ count: 7 }, { 'mcp-param-count': '7' }), 200),
    asRpc('P20 expects no Mcp-Param for an absent value', region({}, {}), 200),
    asRpc('P22 R016 names the supported versions to an unknown one', list({ headers: { 'mcp-protocol-version': old }, meta: { 'io.modelcontextprotocol/protocolVersion': old } }), 400, -32_022, { error: { data: { supported: [MODERN], requested: old } } }),
    asRpc('P23 requires the client capabilities', list({ bare: true, meta: { 'io.modelcontextprotocol/protocolVersion': MODERN } }), 400, -32_602),
    asRpc('P23 requires the envelope', list({ bare: true }), 400, -32_602),
    asRpc('P24 names the client capability a tool needs', call('modern', 'ask_first'), 400, -32_021, { error: { data: { requiredCapabilities: { elicitation: {} } } } }),
    asRpc('P25 answers an unknown method with 404', modern('foo/bar'), 404, -32_601),
    asRpc('P25 answers a removed method with 404', modern('ping'), 404, -32_601),
    asRpc('P25 S082 answers a method named like a property with 404', modern('__proto__'), 404, -32_601),
    asRpc('P31 P53 answers an unknown resource with its URI', modern('resources/read', { uri: 'probe://nothing' }), 200, -32_602, { error: { data: { uri: 'probe://nothing' } } }),
    asRpc('P40 requires a filter to listen', modern('subscriptions/listen'), 200, -32_602),
    asRpc('P48 R058 answers an unknown tool with -32602', call('modern', 'nope'), 200, -32_602),
    asRpc('R021 answers a missing prompt argument with -32602', modern('prompts/get', { name: 'summarize_notes' }), 200, -32_602),
    ...['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'].map((method) =>
      asRpc(`P54 answers a cursor that was never given out, ${method}`, modern(method, { cursor: 'zzz' }), 200, -32_602, { id: 1, error: { data: { hint: 'List again without a cursor.' } } }),
    ),
    asRpc('R021 answers an unknown prompt with -32602', modern('prompts/get', { name: 'nope' }), 200, -32_602),
  ])('$title', async ({ sent, status, code, holds = {} }) => {
    const answer = await send(server.port, sent);
    const message = answer.json();
    expect([answer.status, message.error?.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(message).toMatchObject({ jsonrpc: '2.0', ...holds });
    expect('result' in message).toBe(code === undefined);
    // What a client sent is not sent back at length.
    expect(message.error === undefined || answer.raw.length < 2_000).toBe(true);
  });

  test.each(['GET', 'DELETE', 'PUT', 'PATCH'])('P35 P73 R004 answers %s with 405 and Allow, with and without a media type', async (method) => {
    for (const headers of [{}, { 'content-type': 'application/json' }, { accept: 'text/event-stream' }, { 'mcp-session-id': 'x', 'last-event-id': '1' }]) {
      const answer = await send(server.port, { method, headers });
      expect([answer.status, answer.headers['allow'], answer.json().error?.code]).toEqual([405, 'POST', -32_600]);
      expect(answer.json().error?.data?.['error_class']).toBe('validation');
    }
  });

  test('P07 answers JSON that is not UTF-8 with a parse error', async () => {
    const body = Buffer.from(list().body.replace('"id":1', '"id":"\\u0000"').replace('\\u0000', 'é'), 'latin1');
    const wire = await openWire(server.port);
    wire.write(render(server.port, { ...list({ headers: { 'content-length': String(body.length) } }), body: '' }));
    wire.write(body);
    const answer = await wire.answer();
    expect([answer.status, answer.json().error?.code]).toEqual([400, -32_700]);
    wire.close();
  });

  test('P35 ignores Mcp-Session-Id and Last-Event-ID', async () => {
    const answer = await send(server.port, list({ headers: { 'mcp-session-id': 'a'.repeat(50), 'last-event-id': '9' } }));
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('mcp-session-id');
  });

  test.each(['modern', 'legacy'] as const)('P48 answers a tool name that is no text with -32602, %s', async (era) => {
    for (const name of [{}, { toString: 1 }, ['echo_nonce'], 7, null]) {
      const sent = eras[era]('tools/call', { name, arguments: {} }, { headers: era === 'modern' ? { 'mcp-name': 'x' } : {} });
      const answer = await send(server.port, sent);
      expect([answer.status, answer.json().error?.code, answer.json().id]).toEqual([200, -32_602, 1]);
    }
  });

  test('P11 answers a notification with 202 and nothing', async () => {
    const answer = await send(server.port, notification('notifications/foo'));
    expect([answer.status, answer.body]).toEqual([202, '']);
  });

  test('P26 P28 R016 describes itself without a handshake', async () => {
    const { result } = (await send(server.port, modern('server/discover'))).json();
    expect(result).toMatchObject({ supportedVersions: [MODERN], capabilities: { tools: {}, resources: {}, prompts: {}, completions: {} }, resultType: 'complete', cacheScope: 'private' });
    expect(result?.['_meta']?.['io.modelcontextprotocol/serverInfo']).toMatchObject({ name: 'probe', version: expect.any(String) as string });
  });

  const queries: [string, Record<string, unknown>][] = [
    ['tools/list', {}],
    ['prompts/list', {}],
    ['resources/list', {}],
    ['resources/templates/list', {}],
    ['server/discover', {}],
    ['resources/read', { uri: 'probe://fixed' }],
    ['prompts/get', { name: 'summarize_notes', arguments: { topic: 'x' } }],
    ['completion/complete', { ref: { type: 'ref/prompt', name: 'summarize_notes' }, argument: { name: 'style', value: '' } }],
    ['tools/call', { name: 'show_context', arguments: {} }],
  ];

  test.each(queries)('P27 P28 R017 %s says who answers and that the answer is complete', async (method, params) => {
    const { result } = (await send(server.port, modern(method, params))).json();
    expect(result).toMatchObject({ resultType: 'complete' });
    expect(result?.['_meta']?.['io.modelcontextprotocol/serverInfo']).toMatchObject({ name: 'probe' });
  });

  test.each(queries.slice(0, 5))('P29 P30 P32 R035 %s may be cached, and two answers are equal byte for byte', async (method, params) => {
    const [first, second] = await Promise.all([1, 2].map(() => send(server.port, modern(method, params))));
    expect(second?.body).toBe(first?.body);
    const { result } = first?.json() ?? {};
    expect(result?.['ttlMs']).toBeGreaterThan(0);
    expect(Number.isInteger(result?.['ttlMs'])).toBe(true);
    expect(result?.['cacheScope']).toBe('private');
  });

  test('P29 P30 a resource says how long it may be cached', async () => {
    const { result } = (await send(server.port, modern('resources/read', { uri: 'probe://fixed' }))).json();
    expect(result).toMatchObject({ ttlMs: expect.any(Number) as number, cacheScope: 'private' });
  });

  test.each([{}, { 'io.modelcontextprotocol/logLevel': 'debug' }])('P33 sends no log notification, as it advertises none: %j', async (meta) => {
    const answer = await send(server.port, call('modern', 'log_to_client', {}, { meta: meta as Record<string, unknown> }));
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  test('P34 P42 asks a client that can be asked, within the same call, and never on its own', async () => {
    const capable = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } };
    const answer = await send(server.port, call('modern', 'ask_first', {}, { meta: capable }));
    const { result } = answer.json();
    expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { confirm: { method: 'elicitation/create' } } });
    expect(result).not.toHaveProperty('ttlMs');
    // JSON, one message: there is no stream on which a request of the server's own could come.
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  test('P40 P41 R004 acknowledges a listen stream first, with what it honours, stamps every message and ends with a result', async () => {
    const wire = await openWire(server.port);
    wire.write(render(server.port, modern('subscriptions/listen', { notifications: { toolsListChanged: true, resourcesListChanged: true } }, { id: 'sub-1' })));
    const answer = await wire.answer();
    expect(answer.headers).toMatchObject({ 'content-type': expect.stringContaining('text/event-stream') as string, 'x-accel-buffering': 'no' });
    const [first, ...rest] = answer.events();
    // It advertises no listChanged, so there is nothing to honour, and an open stream would only cost.
    expect(first).toMatchObject({ method: 'notifications/subscriptions/acknowledged', params: { notifications: {} } });
    expect(rest).toMatchObject([{ id: 'sub-1', result: { resultType: 'complete' } }]);
    for (const { params, result } of answer.events()) expect(params?.['_meta'] ?? result?.['_meta']).toMatchObject({ 'io.modelcontextprotocol/subscriptionId': 'sub-1' });
    wire.close();
  });
});
