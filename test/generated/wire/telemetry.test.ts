import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { RawSession } from '../sessions/raw.ts';
import { startApi } from '../upstream/api.ts';
import { upstreamRepo } from '../upstream/repo.ts';
import { scratch } from '../scratch.ts';
import { freePort } from '../start.ts';
import { closeCollectors, startCollector } from './collector.ts';
import type { Collector, Span } from './collector.ts';
import { openWire, render, send } from './http.ts';
import type { Sent } from './http.ts';
import { call, legacy, modern } from './message.ts';
import type { Era, MessageOptions } from './message.ts';
import { initialize, killPipes, old, open, use as usePipe } from './pipe.ts';
import { builtRepo, probeRepo } from './probe.ts';
import { killServers, startRefused, startServer, until } from './server.ts';
import type { Server } from './server.ts';

afterAll(async () => {
  killPipes();
  await killServers();
  closeCollectors();
});

const to = (collector: Pick<Collector, 'url'>, more: Record<string, string> = {}) => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...more });
const use = async (server: Server, name: string, args: Record<string, unknown> = {}, era: Era = 'modern', options?: MessageOptions) => (await send(server.port, call(era, name, args, options))).json();

/** Stops a server: what it has not sent yet, it sends now. */
async function stop(server: Server): Promise<void> {
  server.signal('SIGTERM');
  expect(await server.exited).toEqual({ code: 0, signal: null });
}

const only = (spans: readonly Span[], name: string): Span => {
  const [span, ...others] = spans.filter((one) => one.name === name);
  if (!span || others.length > 0) throw new Error(`${others.length + (span ? 1 : 0)} spans are called ${name}; there are ${spans.map((one) => one.name).join(', ')}`);
  return span;
};

const trace = 'a'.repeat(32);
const parent = (digit: string, sampled = true): string => `00-${trace}-${digit.repeat(16)}-${sampled ? '01' : '00'}`;

describe('R140 spans', () => {
  let spans: readonly Span[];
  let log: Record<string, unknown>[];
  beforeAll(async () => {
    const collector = await startCollector();
    const server = await startServer(await probeRepo(), to(collector));
    const on = (name: string, args: Record<string, unknown> = {}, era: Era = 'modern', options?: MessageOptions) => use(server, name, args, era, options);
    await on('echo_nonce', { nonce: 'a' }, 'modern', { id: 'first', meta: { traceparent: parent('1'), tracestate: 'vendor=x' }, headers: { traceparent: parent('2'), 'mcp-session-id': 'made-up-by-client' } });
    await on('show_context', {}, 'legacy', { headers: { traceparent: parent('3', false) } });
    await on('nested_input', {}, 'modern', { meta: { traceparent: 'nonsense' }, headers: { traceparent: parent('4') } });
    await on('fail_as', { kind: 'notFound' }, 'legacy');
    await on('partial_work');
    await on('make_span');
    await on('spend_money', { name: 'x', idempotency_key: 'telemetry-1' });
    await on('made_up_by_client');
    await send(server.port, modern('resources/read', { uri: `notes://note/${randomUUID()}` }));
    await send(server.port, legacy('prompts/get', { name: 'summarize_notes', arguments: { topic: 'x' } }));
    await send(server.port, modern('tools/list'));
    await send(server.port, modern('server/discover'));
    await send(server.port, modern('completion/complete', { ref: { type: 'ref/resource', uri: 'probe://broken/{kind}' }, argument: { name: 'kind', value: 'boom' } }));
    await send(server.port, legacy('made/up'));
    const wire = await openWire(server.port);
    wire.write(render(server.port, call('modern', 'slow_call', { ms: 20_000, name: 'cut' })));
    await until(async () => (await on('count_effects', { name: 'cut.started' })).result?.structuredContent?.['times'] === 1);
    wire.close();
    log = await server.logUntil((lines) => lines.some(({ tool }) => tool === 'slow_call'));
    await stop(server);
    spans = collector.spans();
  });

  test('R142 a tool call has the name, the kind and the attributes that the conventions give it, and no session', () => {
    const span = only(spans, 'tools/call echo_nonce');
    expect(span).toMatchObject({ kind: 2, events: [] });
    expect(span.status.code ?? 0).toBe(0);
    expect(span.attributes).toEqual({
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'echo_nonce',
      'jsonrpc.request.id': 'first',
      'mcp.protocol.version': '2026-07-28',
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'app.correlation_id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      'app.tenant.id': 'local',
      'app.client.id': 'local',
      'app.result.completeness': 'complete',
    });
    expect(only(spans, 'tools/call show_context').attributes).toMatchObject({ 'mcp.protocol.version': '2025-11-25' });
    expect(spans.filter(({ attributes }) => 'mcp.session.id' in attributes)).toEqual([]);
  });

  test('its parent is what _meta says, else what the HTTP request says; whether it is recorded is not for the client to say', () => {
    const parentOf = (name: string) => [only(spans, name).traceId, only(spans, name).parentSpanId];
    expect(parentOf('tools/call echo_nonce')).toEqual([trace, '1'.repeat(16)]);
    expect(only(spans, 'tools/call echo_nonce').traceState).toBe('vendor=x');
    expect(parentOf('tools/call show_context')).toEqual([trace, '3'.repeat(16)]);
    expect(parentOf('tools/call nested_input')).toEqual([trace, '4'.repeat(16)]);
    expect(only(spans, 'tools/list').parentSpanId).toBeUndefined();
    expect(only(spans, 'tools/list').traceId).not.toBe(trace);
  });

  test('a span that a tool makes is a part of its call', () => {
    const { traceId, spanId } = only(spans, 'tools/call make_span');
    expect(only(spans, 'probe.work')).toMatchObject({ traceId, parentSpanId: spanId });
  });

  test.each<[string, string, Record<string, unknown>]>([
    ['tools/call fail_as', 'not_found', { 'mcp.protocol.version': '2025-11-25' }],
    ['tools/call nested_input', 'validation', {}],
    ['tools/call slow_call', 'cancelled', {}],
    ['tools/call _OTHER', '-32602', { 'rpc.response.status_code': '-32602' }],
    ['resources/read', 'not_found', { 'mcp.resource.uri': 'notes://note/{id}', 'rpc.response.status_code': '-32602' }],
    ['completion/complete', 'internal', { 'rpc.response.status_code': '-32603' }],
    ['_OTHER', '-32601', { 'mcp.method.name': '_OTHER', 'rpc.response.status_code': '-32601' }],
  ])('%s has failed as %s, without a word of why', (name, errorType, attributes) => {
    expect(only(spans, name)).toMatchObject({ status: { code: 2 }, attributes: { 'error.type': errorType, ...attributes } });
    expect(only(spans, name).status.message ?? '').toBe('');
    expect(only(spans, name).events).toEqual([]);
  });

  test.each(['prompts/get summarize_notes', 'tools/list', 'server/discover', 'tools/call partial_work', 'tools/call spend_money'])('%s has not', (name) => {
    expect(only(spans, name).attributes).not.toHaveProperty('error.type');
    expect(only(spans, name).status.code ?? 0).toBe(0);
  });

  test('tells completeness and what became of the idempotency key', () => {
    expect(only(spans, 'tools/call partial_work').attributes).toMatchObject({ 'app.result.completeness': 'partial' });
    expect(only(spans, 'tools/call spend_money').attributes).toMatchObject({ 'app.idempotency.outcome': 'executed' });
    expect(only(spans, 'prompts/get summarize_notes').attributes).toMatchObject({ 'gen_ai.prompt.name': 'summarize_notes' });
  });

  test('R143 audit records and log lines of a call lead to its span, and back: one trace id finds them all', () => {
    const called = spans.filter(({ attributes }) => attributes['app.correlation_id'] !== undefined && attributes['mcp.method.name'] !== 'completion/complete');
    expect(called.length).toBeGreaterThanOrEqual(8);
    for (const { traceId, spanId, attributes } of called) {
      const lines = log.filter(({ correlation_id }) => correlation_id === attributes['app.correlation_id']);
      expect(lines.map(({ event }) => event)).toContain('mcp.audit');
      expect(lines.map(({ trace_id, span_id }) => [trace_id, span_id])).toEqual(lines.map(() => [traceId, spanId]));
    }
    expect(log.find(({ event }) => event === 'probe.echo')).toMatchObject({ trace_id: trace, span_id: only(spans, 'tools/call echo_nonce').spanId });
    const [inTrace, lines] = [spans.filter(({ traceId }) => traceId === trace), log.filter(({ trace_id: id }) => id === trace)];
    expect(inTrace.map(({ name }) => name).toSorted()).toEqual(['tools/call echo_nonce', 'tools/call nested_input', 'tools/call show_context']);
    expect(lines.map(({ event, tool }) => [event, tool]).toSorted()).toEqual([['mcp.audit', 'echo_nonce'], ['mcp.audit', 'nested_input'], ['mcp.audit', 'show_context'], ['probe.echo', undefined]]);
  });
});

test('a session of the 2025 era has one initialize, however many servers hear it', async () => {
  const collector = await startCollector();
  const server = await startServer(await builtRepo('http-memory'), to(collector));
  const session = await RawSession.open(server.port);
  for (const query of ['a', 'b']) await session.ask(server.port, 'tools/call', { name: 'search_notes', arguments: { query } });
  await session.ask(server.port, 'ping');
  await stop(server);
  expect(collector.spans().map(({ name }) => name).toSorted()).toEqual(['initialize', 'ping', 'tools/call search_notes', 'tools/call search_notes']);
  expect(only(collector.spans(), 'ping').attributes).toMatchObject({ 'mcp.protocol.version': '2025-11-25' });
});

test('stdio: both eras, the end of the client, and nothing but the protocol on stdout', async () => {
  const collector = await startCollector();
  const soon = to(collector, { OTEL_BSP_SCHEDULE_DELAY: '20' });
  const [pipe, older] = [open(await probeRepo(), soon), open(await probeRepo(), soon)];
  pipe.send(usePipe(1, 'echo_nonce', { nonce: 'x' }));
  await pipe.answerTo(1);
  pipe.send(usePipe(2, 'slow_call', { ms: 20_000, name: 'cancelled' }));
  pipe.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 2 } });
  await until(() => collector.spans().some(({ name }) => name === 'tools/call slow_call'));
  older.send(initialize(1));
  await older.answerTo(1);
  older.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
  older.send(old(2, 'tools/call', { name: 'fail_as', arguments: { kind: 'conflict' } }));
  await older.answerTo(2);
  for (const one of [pipe, older]) {
    one.end();
    expect((await one.exited).code).toBe(0);
  }
  expect(collector.spans().map(({ name }) => name).toSorted()).toEqual(['initialize', 'tools/call echo_nonce', 'tools/call fail_as', 'tools/call slow_call']);
  const echo = only(collector.spans(), 'tools/call echo_nonce');
  expect(echo.attributes).toMatchObject({ 'network.transport': 'pipe', 'mcp.protocol.version': '2026-07-28' });
  expect(echo.attributes).not.toHaveProperty('network.protocol.name');
  expect(only(collector.spans(), 'tools/call fail_as').attributes).toMatchObject({ 'error.type': 'conflict', 'mcp.protocol.version': '2025-11-25' });
  expect(only(collector.spans(), 'tools/call slow_call').attributes).toMatchObject({ 'error.type': 'cancelled' });
  expect(pipe.messages()).toHaveLength(1);
  expect(pipe.stderr()).toContain(echo.spanId);
});

/** Does the same a number of times, one after the other. */
async function times(count: number, what: () => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at++) await what();
}

describe('metrics', () => {
  test('count what was asked, by names of this server alone', async () => {
    const collector = await startCollector();
    const server = await startServer(await probeRepo(), to(collector, { RATE_LIMIT_TENANT_PER_MINUTE: '1000' }));
    await times(40, () => use(server, 'echo_nonce', { nonce: 'a' }));
    await times(20, () => use(server, 'echo_nonce', { nonce: 'a' }, 'legacy'));
    await times(15, () => use(server, 'fail_as', { kind: 'transient' }));
    await times(5, () => use(server, 'fail_as', { kind: 'nope' }));
    await times(10, () => use(server, `made_up_${Math.random()}`));
    await times(3, () => use(server, 'partial_work'));
    await times(2, () => use(server, 'spend_money', { name: 'x', idempotency_key: 'telemetry-metrics' }));
    await times(4, () => send(server.port, modern('resources/read', { uri: `notes://note/${randomUUID()}` })));
    await times(6, () => send(server.port, { method: 'PUT' }));
    await times(5, () => send(server.port, { method: 'GET', path: '/healthz' }));
    await stop(server);
    const sum = (name: string, attributes: Record<string, unknown> = {}): number =>
      collector.series().filter((one) => one.name === name && Object.entries(attributes).every(([key, value]) => one.attributes[key] === value)).reduce((total, { value }) => total + value, 0);
    const operations = (attributes: Record<string, unknown>) => sum('mcp.server.operation.duration', attributes);
    expect(operations({})).toBe(99);
    expect(operations({ 'gen_ai.tool.name': 'echo_nonce', 'mcp.protocol.version': '2026-07-28' })).toBe(40);
    expect(operations({ 'gen_ai.tool.name': 'echo_nonce', 'mcp.protocol.version': '2025-11-25', 'error.type': undefined })).toBe(20);
    expect(operations({ 'gen_ai.tool.name': 'fail_as', 'error.type': 'transient' })).toBe(15);
    expect(operations({ 'gen_ai.tool.name': 'fail_as', 'error.type': 'validation' })).toBe(5);
    expect(operations({ 'gen_ai.tool.name': '_OTHER', 'error.type': '-32602' })).toBe(10);
    expect(operations({ 'mcp.method.name': 'resources/read', 'error.type': 'not_found' })).toBe(4);
    expect(sum('app.tool.partial_results', { 'gen_ai.tool.name': 'partial_work' })).toBe(3);
    expect(['executed', 'replayed'].map((outcome) => sum('app.idempotency.outcomes', { 'gen_ai.tool.name': 'spend_money', outcome }))).toEqual([1, 1]);
    expect(sum('app.inflight')).toBe(0);
    const ok = { 'http.route': '/mcp', 'http.request.method': 'POST', 'url.scheme': 'http' };
    expect(sum('http.server.request.duration', { ...ok, 'http.response.status_code': 200 })).toBe(99);
    expect(sum('http.server.request.duration')).toBe(105);
    expect(sum('http.server.request.duration', { 'http.request.method': 'PUT', 'http.response.status_code': 405 })).toBe(6);
    const operation = collector.series().find(({ name }) => name === 'mcp.server.operation.duration');
    expect(operation).toMatchObject({ unit: 's', bounds: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] });
    const keys = new Set(collector.series().flatMap(({ attributes }) => Object.keys(attributes)));
    expect([...keys].filter((key) => /uri|request\.id|tenant|client|correlation|notes/.test(key))).toEqual([]);
    expect(sum('app.ratelimit.decisions', { layer: 'none', outcome: 'allowed' })).toBe(99);
    expect(['take', 'claim', 'set'].map((one) => sum('app.state_store.duration', { operation: one, outcome: 'ok' }))).toEqual([99, 1, 1]);
    expect(collector.series().length).toBeLessThan(30);
  });

  test('S099 have no more series after ten thousand names that clients made up', async () => {
    const collector = await startCollector();
    const server = await startServer(await probeRepo(), to(collector, { OTEL_METRIC_EXPORT_INTERVAL: '200', OTEL_TRACES_SAMPLER: 'always_off' }));
    let made = 0;
    const name = () => `made_up_${made++}_${randomUUID()}`;
    const made_up: readonly (() => Sent)[] = [
      () => call('modern', name()),
      () => call('legacy', name()),
      () => modern(`${name()}/${name()}`),
      () => legacy(name(), {}, { id: name(), meta: { progressToken: name() } }),
      () => modern('prompts/get', { name: name() }),
      () => legacy('resources/read', { uri: `${name()}://${name()}` }),
      () => modern('tools/list', {}, { headers: { 'mcp-protocol-version': name() }, meta: { 'io.modelcontextprotocol/protocolVersion': name() } }),
      () => legacy('tools/list', {}, { headers: { 'mcp-protocol-version': name(), 'user-agent': name() } }),
      () => legacy('initialize', { protocolVersion: name(), capabilities: {}, clientInfo: { name: name(), version: name() } }),
      () => ({ ...modern('tools/list'), path: `/mcp?${name()}` }),
    ];
    const ask = async ({ headers, path: at = '/mcp', body }: Sent) => (await fetch(new URL(at, server.url), { method: 'POST', headers: Object.entries(headers ?? {}).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as [string, string]])), body: body ?? '' })).text();
    const askAll = () => Promise.all(made_up.map((one) => ask(one())));
    const answered = () => collector.series().filter(({ name: of }) => of === 'http.server.request.duration').reduce((total, { value }) => total + value, 0);
    const series = () => collector.series().map(({ name: of, attributes }) => `${of} ${JSON.stringify(attributes)}`).toSorted();
    await times(3, askAll);
    await until(() => answered() === 30);
    const few = series();
    await times(350, () => Promise.all([askAll(), askAll()]));
    await until(() => answered() === 7_030);
    expect(made).toBeGreaterThan(10_000);
    expect(series()).toEqual(few);
    expect(collector.bytes().includes('made_up_')).toBe(false);
    await stop(server);
  });

  test('count what the limits refuse, by the limit', async () => {
    const collector = await startCollector();
    const server = await startServer(await probeRepo(), to(collector, { RATE_LIMIT_TOOL_PER_MINUTE: '3', RATE_LIMIT_TENANT_PER_MINUTE: '7' }));
    await times(4, () => use(server, 'echo_nonce', { nonce: 'a' }));
    await times(5, () => use(server, 'show_context'));
    await stop(server);
    const decided = collector.series().filter(({ name }) => name === 'app.ratelimit.decisions').map(({ attributes, value }) => [attributes['layer'], attributes['outcome'], value]);
    expect(decided.toSorted()).toEqual([['none', 'allowed', 6], ['tool', 'refused', 3]]);
  });

  test('tell how an API of somebody else does, and what the log warns of', async () => {
    const collector = await startCollector();
    const api = await startApi();
    const server = await startServer(await upstreamRepo(), to(collector, { CRM_URL: api.url, MOODY_URL: 'http://127.0.0.1:1', LOG_LEVEL: 'silent' }));
    await use(server, 'ask_upstream', { name: 'crm', path: '/things?q=c4nary' });
    await use(server, 'ask_upstream', { name: 'crm', path: '/later', method: 'POST' });
    await times(4, () => use(server, 'ask_upstream', { name: 'moody', path: '/' }));
    await stop(server);
    await api.close();
    const asked = (facts: Record<string, unknown>) => collector.series().filter(({ name, attributes }) => name === 'http.client.request.duration' && Object.entries(facts).every(([key, value]) => attributes[key] === value));
    expect(asked({ 'app.upstream': 'crm', 'http.request.method': 'GET', 'http.response.status_code': 200, 'error.type': undefined })).toMatchObject([{ value: 1, unit: 's' }]);
    expect(asked({ 'app.upstream': 'crm', 'http.request.method': 'POST', 'http.response.status_code': 503, 'error.type': '503' })).toMatchObject([{ value: 1 }]);
    expect(asked({ 'app.upstream': 'moody', 'error.type': 'TypeError', 'http.response.status_code': undefined })[0]?.value).toBeGreaterThanOrEqual(10);
    const events = collector.series().filter(({ name }) => name === 'app.log.events').map(({ attributes }) => attributes);
    expect(events).toContainEqual({ 'event.name': 'upstream.failing', 'app.log.level': 'warn', 'app.upstream': 'moody' });
  });
});

test('R138 no argument, result, key, token, baggage or text of an error is ever sent', async () => {
  const canary = 'c4nary-telemetry-19';
  const collector = await startCollector();
  const server = await startServer(await probeRepo(), to(collector, { CANARY: canary, LOG_LEVEL: 'debug' }));
  const meta = { baggage: `secret=${canary}`, [canary]: canary };
  const headers = { authorization: `Bearer ${canary}`, baggage: `secret=${canary}`, 'user-agent': canary };
  for (const era of ['modern', 'legacy'] as const) {
    await use(server, 'echo_nonce', { nonce: canary }, era, { meta, headers });
    await use(server, 'leak_output', {}, era);
    await use(server, 'fail_as', { kind: 'error', secret: canary }, era);
    await use(server, 'fail_as', { kind: canary, [canary]: canary }, era);
    await use(server, canary, {}, era);
    await use(server, 'spend_money', { name: canary, idempotency_key: `${canary}-${era}` }, era);
    await send(server.port, (era === 'modern' ? modern : legacy)('resources/read', { uri: `notes://note/${canary}` }));
    await send(server.port, (era === 'modern' ? modern : legacy)('resources/read', { uri: `${canary}://${canary}` }));
    await send(server.port, (era === 'modern' ? modern : legacy)('prompts/get', { name: 'summarize_notes', arguments: { topic: canary } }));
    await send(server.port, (era === 'modern' ? modern : legacy)(`${canary}/${canary}`));
  }
  await send(server.port, { method: 'POST', path: `/mcp?${canary}`, body: canary });
  await stop(server);
  expect(collector.spans().length).toBeGreaterThan(15);
  expect(collector.series().length).toBeGreaterThan(5);
  expect(collector.bytes().includes(canary)).toBe(false);
  expect(collector.bytes().includes('postgres://')).toBe(false);
});

/** What arrives of one call. */
async function afterOneCall(env: Record<string, string>): Promise<Collector> {
  const collector = await startCollector();
  const server = await startServer(await probeRepo(), to(collector, env));
  await use(server, 'echo_nonce', { nonce: 'a' });
  await stop(server);
  return collector;
}

test('what is no text where one belongs is refused as ever, and ends nothing', async () => {
  const odd = { toString: 1, valueOf: 1 };
  const meta = { traceparent: odd, tracestate: odd };
  const collector = await startCollector();
  const server = await startServer(await probeRepo(), to(collector));
  const pipe = open(await probeRepo(), to(collector));
  for (const [at, [method, params]] of ([['resources/read', { uri: odd }], ['tools/call', { name: odd }], ['prompts/get', { name: odd }]] as const).entries()) {
    const sent = legacy(method, params, { id: at, meta });
    expect((await send(server.port, sent)).json().error).toMatchObject({ code: expect.any(Number) as number });
    pipe.send(JSON.parse(modern(method, params, { id: at, meta }).body) as object);
    expect((await pipe.answerTo(at)).error).toMatchObject({ code: expect.any(Number) as number });
  }
  await stop(server);
  pipe.end();
  expect((await pipe.exited).code).toBe(0);
  expect(collector.spans().map(({ name, attributes }) => `${name} ${String(attributes['network.transport'])}`).toSorted()).toEqual(
    ['prompts/get _OTHER pipe', 'prompts/get _OTHER tcp', 'resources/read pipe', 'resources/read tcp', 'tools/call _OTHER pipe', 'tools/call _OTHER tcp'],
  );
});

test('a trace state that makes no text costs its place in the trace, not the server', async () => {
  const meta = { traceparent: parent('5'), tracestate: [{ toString: 1, valueOf: 1 }] };
  const collector = await startCollector();
  const server = await startServer(await probeRepo(), to(collector));
  const pipe = open(await probeRepo(), to(collector));
  for (const era of ['legacy', 'modern'] as const) expect((await use(server, 'echo_nonce', { nonce: era }, era, { meta })).result?.structuredContent).toMatchObject({ nonce: era });
  pipe.send(JSON.parse(call('modern', 'echo_nonce', { nonce: 'pipe' }, { id: 1, meta }).body) as object);
  expect((await pipe.answerTo(1)).result?.structuredContent).toMatchObject({ nonce: 'pipe' });
  await stop(server);
  pipe.end();
  await pipe.exited;
  expect(collector.spans().filter(({ name }) => name === 'tools/call echo_nonce')).toHaveLength(3);
});

describe('R146 the environment', () => {
  test('names the service and what it belongs to', async () => {
    expect((await afterOneCall({})).resource()).toMatchObject({ 'service.name': 'probe', 'service.version': expect.any(String) as string, 'service.instance.id': expect.any(String) as string });
    const collector = await afterOneCall({ OTEL_SERVICE_NAME: 'notes-eu', OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging' });
    expect(collector.resource()).toMatchObject({ 'service.name': 'notes-eu', 'deployment.environment.name': 'staging' });
  });

  test('headers may come from a file', async () => {
    const file = path.join(scratch('otlp-headers'), 'headers');
    writeFileSync(file, 'api-key=s3cret\n');
    const collector = await afterOneCall({ OTEL_EXPORTER_OTLP_HEADERS_FILE: file });
    expect(new Set(collector.headers().map((headers) => headers['api-key']))).toEqual(new Set(['s3cret']));
  });

  test('says how much is recorded: metrics see all of it anyway', async () => {
    const collector = await afterOneCall({ OTEL_TRACES_SAMPLER: 'always_off' });
    expect(collector.spans()).toEqual([]);
    expect(collector.series().filter(({ name }) => name === 'mcp.server.operation.duration')).toMatchObject([{ value: 1 }]);
  });

  test('reports metrics in the time it sets', async () => {
    const collector = await startCollector();
    const server = await startServer(await probeRepo(), to(collector, { OTEL_METRIC_EXPORT_INTERVAL: '200' }));
    await use(server, 'echo_nonce', { nonce: 'a' });
    await until(() => collector.series().length > 0);
    await stop(server);
  });

  test('can switch it off', async () => {
    expect((await afterOneCall({ OTEL_SDK_DISABLED: 'true' })).bytes()).toHaveLength(0);
  });

  test('decides alone whether telemetry is loaded at all: without it the file can be missing', async () => {
    const at = path.join(inject('workspace'), 'wire-telemetry-absent');
    cpSync(path.join(await probeRepo(), 'dist'), path.join(at, 'dist'), { recursive: true });
    rmSync(path.join(at, 'dist/telemetry.js'));
    const server = await startServer(at);
    expect((await use(server, 'echo_nonce', { nonce: 'a' })).result?.structuredContent).toMatchObject({ nonce: 'a' });
    await stop(server);
    const pipe = open(at);
    pipe.send(usePipe(1, 'echo_nonce', { nonce: 'x' }));
    await pipe.answerTo(1);
    pipe.end();
    expect((await pipe.exited).code).toBe(0);
    expect(await startRefused(at, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' })).toMatchObject({ code: 1, listened: false });
  });
});

describe('S111 R146 a collector that is not there', () => {
  /** Unbounded, the packages would wait for as long as this. */
  const patient = { OTEL_EXPORTER_OTLP_TIMEOUT: '120000', OTEL_BSP_EXPORT_TIMEOUT: '120000', OTEL_BSP_SCHEDULE_DELAY: '50' } as const;

  test.each([
    ['refuses connections', async () => freePort()],
    ['takes them and never answers', async () => {
      const hole = createServer(() => undefined);
      await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
      hole.unref();
      return (hole.address() as AddressInfo).port;
    }],
  ])('%s: calls are answered, and the process ends', async (_, port) => {
    const url = `http://127.0.0.1:${await port()}`;
    const server = await startServer(await probeRepo(), to({ url }, patient));
    const pipe = open(await probeRepo(), to({ url }, patient));
    for (let at = 0; at < 30; at++) {
      expect((await use(server, 'echo_nonce', { nonce: 'a' })).result?.isError).toBeUndefined();
      pipe.send(usePipe(at, 'echo_nonce', { nonce: 'x' }));
      expect((await pipe.answerTo(at)).result?.isError).toBeUndefined();
    }
    server.signal('SIGTERM');
    pipe.end();
    const ended = Promise.all([server.exited, pipe.exited]);
    let over = false;
    void ended.then(() => (over = true));
    await until(() => over, 60_000);
    expect((await ended).map(({ code }) => code)).toEqual([0, 0]);
  });

  test('is said in the log once, without what it has answered', async () => {
    const collector = await startCollector(() => 400);
    const server = await startServer(await probeRepo(), to(collector, { OTEL_BSP_SCHEDULE_DELAY: '20', OTEL_METRIC_EXPORT_INTERVAL: '100' }));
    await until(async () => {
      await use(server, 'echo_nonce', { nonce: 'a' });
      return collector.headers().length >= 8;
    });
    const log = await server.logUntil((lines) => lines.some(({ event }) => event === 'telemetry.lost'));
    expect(log.filter(({ event }) => event === 'telemetry.lost')).toEqual([{ ts: expect.any(String) as string, level: 'warn', event: 'telemetry.lost' }]);
    expect(server.stderr()).toBe('');
    await stop(server);
  });

  test('makes no call wait, and fills no memory: what does not fit into the queue is dropped', async () => {
    const held = new EventEmitter();
    const released = once(held, 'release');
    const collector = await startCollector(() => released.then(() => 200));
    const server = await startServer(await probeRepo(), to(collector, { OTEL_BSP_MAX_QUEUE_SIZE: '10', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '5' }));
    // All of them are answered while the collector still holds its first answer back.
    for (let at = 0; at < 60; at++) await use(server, 'echo_nonce', { nonce: 'a' });
    expect([collector.headers().length > 0, collector.spans()]).toEqual([true, []]);
    held.emit('release');
    await stop(server);
    expect(collector.spans()).toHaveLength(15);
  });
});
