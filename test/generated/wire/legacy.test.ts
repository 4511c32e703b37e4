import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWire, render, send } from './http.ts';
import type { Sent } from './http.ts';
import { call, legacy, MODERN, modern, notification } from './message.ts';
import type { Era } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startServer } from './server.ts';
import type { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { CANARY: 'canary-of-protocol' });
});
afterAll(killServers);

const withBody = (sent: Sent, body: string): Sent => ({ ...sent, body });

const initialize = (version: string) => legacy('initialize', { protocolVersion: version, capabilities: {}, clientInfo: { name: 'old', version: '1' } }, { headers: { 'mcp-protocol-version': undefined } });

describe('protocol rows of the 2025 era, without sessions', () => {
  test.each([
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2026-07-28', '2025-11-25'],
    ['1999-01-01', '2025-11-25'],
  ])('P69 R016 negotiates: asked for %s, answers %s', async (asked, answered) => {
    const answer = await send(server.port, initialize(asked));
    expect(answer.status).toBe(200);
    expect(answer.json().result).toMatchObject({ protocolVersion: answered, serverInfo: { name: 'probe' } });
    expect(answer.headers).not.toHaveProperty('mcp-session-id');
  });

  test.each<[string, Sent, number, number]>([
    ['P13 an Accept header that names only JSON', legacy('tools/list', {}, { headers: { accept: 'application/json' } }), 406, -32_600],
    ['P13 an Accept header that names only a stream', legacy('tools/list', {}, { headers: { accept: 'text/event-stream' } }), 406, -32_600],
    ['P76 an unknown version', legacy('tools/list', {}, { headers: { 'mcp-protocol-version': '1999-01-01' } }), 400, -32_600],
    ['P05 another media type', legacy('tools/list', {}, { headers: { 'content-type': 'text/plain' } }), 415, -32_600],
    ['P07 broken JSON', withBody(legacy('tools/list'), '{'), 400, -32_700],
    ['P10 an id null', legacy('tools/list', {}, { id: null }), 400, -32_600],
    ['P09 S022 a batch', withBody(legacy('tools/list'), `[${legacy('tools/list').body}]`), 400, -32_600],
  ])('%s is refused with its class and what to do instead', async (_, sent, status, code) => {
    const answer = await send(server.port, sent);
    expect([answer.status, answer.json().error?.code]).toEqual([status, code]);
    expect(answer.json().error?.data).toMatchObject({ error_class: 'validation', hint: expect.any(String) as string });
  });

  test('P54 answers a cursor that was never given out with -32602', async () => {
    const answer = await send(server.port, legacy('tools/list', { cursor: 'zzz' }));
    expect([answer.status, answer.json().error?.code, answer.json().id]).toEqual([200, -32_602, 1]);
  });

  test('P76 a request without a version header is answered', async () => {
    expect((await send(server.port, legacy('tools/list', {}, { headers: { 'mcp-protocol-version': undefined } }))).status).toBe(200);
  });

  test('P78 R015 answers ping, and an unknown method with -32601', async () => {
    expect((await send(server.port, legacy('ping'))).json().result).toEqual({});
    expect((await send(server.port, legacy('foo/bar'))).json().error?.code).toBe(-32_601);
  });

  test('P11 answers notifications and responses with 202 and nothing', async () => {
    for (const sent of [notification('notifications/initialized', 'legacy'), withBody(legacy('x'), '{"jsonrpc":"2.0","id":5,"result":{}}')]) {
      const answer = await send(server.port, sent);
      expect([answer.status, answer.body]).toEqual([202, '']);
    }
  });

  test('P27 marks no result as complete, and advertises no subscription it cannot serve', async () => {
    expect((await send(server.port, legacy('tools/list'))).json().result).not.toHaveProperty('resultType');
    const { result } = (await send(server.port, initialize('2025-11-25'))).json();
    expect(JSON.stringify(result?.['capabilities'])).not.toMatch(/"(?:subscribe|listChanged)":true/);
  });

  test('S023 a flood of notifications is answered cheaply, one by one', async () => {
    const wire = await openWire(server.port);
    const one = render(server.port, notification('notifications/cancelled', 'legacy', { requestId: 1 }));
    wire.write(one.repeat(1_000));
    for (let at = 0; at < 1_000; at++) expect((await wire.answer()).status).toBe(202);
    wire.close();
  });
});

describe('P36 S025 a server that serves the 2026 era only', () => {
  test('names its versions to a 2025-era client', async () => {
    const strict = await startServer(await probeRepo(), { MCP_LEGACY: 'reject' });
    for (const sent of [legacy('initialize', { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'old', version: '1' } }), legacy('tools/list'), call('legacy', 'echo_nonce', { nonce: 'x' })]) {
      const { status, json } = await send(strict.port, sent);
      expect([status, json().error?.code]).toEqual([400, -32_022]);
      expect(json().error?.data).toMatchObject({ supported: [MODERN] });
    }
    expect((await send(strict.port, modern('tools/list'))).status).toBe(200);
    await strict.kill();
  });
});

describe('what an era is', () => {
  test.each<[string, Sent, Era]>([
    ['an envelope alone', modern('tools/list', {}, { headers: { 'mcp-protocol-version': undefined, 'mcp-method': undefined } }), 'modern'],
    ['an old version header', legacy('tools/list'), 'legacy'],
  ])('P16 %s decides', async (_, sent, era) => {
    const message = (await send(server.port, sent)).json();
    expect(message.error?.code).toBe(era === 'modern' ? -32_020 : undefined);
  });
});
