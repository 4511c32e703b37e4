import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWire, render, send } from './http.ts';
import type { Sent } from './http.ts';
import { call, modern } from './message.ts';
import { probeRepo } from './probe.ts';
import { canary, expectRefusal } from './refusal.ts';
import { killServers, sleep, startServer } from './server.ts';
import type { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo());
});
afterAll(killServers);

const list = (headers: Readonly<Record<string, string | undefined>> = {}) => modern('tools/list', {}, { headers });

const head = (port: number, lines: readonly string[]) => ['POST /mcp HTTP/1.1', `Host: localhost:${port}`, 'Content-Type: application/json', ...lines].join('\r\n');
const second = (port: number) => `GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`;

describe('S008 smuggling', () => {
  test.each<[string, (port: number) => string]>([
    ['a length and chunks', (port) => `${head(port, ['Content-Length: 5', 'Transfer-Encoding: chunked'])}\r\n\r\n0\r\n\r\n${second(port)}`],
    ['chunks and a length', (port) => `${head(port, ['Transfer-Encoding: chunked', 'Content-Length: 5'])}\r\n\r\n0\r\n\r\n${second(port)}`],
    ['two different lengths', (port) => `${head(port, ['Content-Length: 2', 'Content-Length: 40'])}\r\n\r\n{}${second(port)}`],
    ['a length with a sign', (port) => `${head(port, ['Content-Length: +2'])}\r\n\r\n{}${second(port)}`],
    ['a length in hexadecimal', (port) => `${head(port, ['Content-Length: 0x2'])}\r\n\r\n{}${second(port)}`],
    ['a space before the colon', (port) => `${head(port, ['Content-Length : 2'])}\r\n\r\n{}${second(port)}`],
    ['bare line feeds', (port) => `POST /mcp HTTP/1.1\nHost: localhost:${port}\nContent-Length: 2\n\n{}${second(port)}`],
    ['a folded header', (port) => `${head(port, ['X-A: b', ' Transfer-Encoding: chunked', 'Content-Length: 2'])}\r\n\r\n{}${second(port)}`],
    ['an unknown transfer encoding', (port) => `${head(port, ['Transfer-Encoding: xchunked'])}\r\n\r\n0\r\n\r\n${second(port)}`],
    ['chunked twice', (port) => `${head(port, ['Transfer-Encoding: chunked, identity'])}\r\n\r\n0\r\n\r\n${second(port)}`],
    ['a chunk size with an underscore', (port) => `${head(port, ['Transfer-Encoding: chunked'])}\r\n\r\n1_0\r\n0\r\n\r\n${second(port)}`],
    ['NUL in a header', (port) => `${head(port, ['X-A: a\0b', 'Content-Length: 2'])}\r\n\r\n{}${second(port)}`],
    ['no HTTP at all', () => `${canary} is not HTTP\r\n\r\n`],
  ])('%s: 400 and the connection closes; what follows is never answered', async (_, bytes) => {
    const wire = await openWire(server.port);
    wire.write(bytes(server.port));
    const answer = await wire.answer();
    expectRefusal(answer, 400, -32_600);
    await wire.closed;
    expect(wire.received()).toBe('');
  });

  test('what follows a body that is complete is a request of its own', async () => {
    const wire = await openWire(server.port);
    wire.write(render(server.port, list()));
    expect((await wire.answer()).status).toBe(200);
    wire.write(`trailing ${canary} garbage\r\n\r\n`);
    expect((await wire.answer()).status).toBe(400);
    await wire.closed;
    const pipelined = await openWire(server.port);
    pipelined.write(`${render(server.port, call('modern', 'slow_call', { ms: 200, name: 'pipelined' }))}trailing ${canary} garbage\r\n\r\n`);
    await pipelined.closed;
    await sleep(300);
    expect((await send(server.port, list())).status).toBe(200);
  });

  test('a client that leaves in the middle of anything hurts nobody', async () => {
    const bytes = render(server.port, call('modern', 'report_progress', {}, { meta: { progressToken: 1 } }));
    for (let at = 1; at < bytes.length; at += 23) {
      const wire = await openWire(server.port);
      wire.write(bytes.slice(0, at));
      wire.close();
    }
    const streams = await openWire(server.port);
    streams.write(bytes);
    streams.close();
    await sleep(100);
    expect((await send(server.port, list())).status).toBe(200);
    expect(server.stderr()).toBe('');
  });
});

describe('headers and paths', () => {
  test.each<[string, Sent]>([
    ['one of 20 kB', list({ 'x-long': 'x'.repeat(20_000) })],
    ['3,000 of them', { ...list(), more: Array.from({ length: 3_000 }, (_, at) => [`x-${at}`, 'y'] as const) }],
    ['a path of 20 kB', { ...list(), path: `/mcp?${'x'.repeat(20_000)}` }],
  ])('S009 answers headers that are too long with 431: %s', async (_, sent) => {
    const answer = await send(server.port, sent);
    expect([answer.status, answer.json().error?.code]).toEqual([431, -32_600]);
  });

  test.each(['/mcp/', '//mcp', '/MCP', '/mcp/.', '/mcp%2f', '/mc%70', '/%2e/mcp', '/./mcp/', '/x/../mcp/', '/mcp;x', '/mcp%00', '/mcp/../..//etc/passwd', '/mcp\\', '/sse', '/messages', '/metrics', '/dist/node.js', '/dist/node.js.map', '/package.json', '/.env', '/debug', '/.well-known/mcp.json'])(
    'S029 S100 S101 R003 %s is not the endpoint, or goes through the same checks',
    async (path) => {
      const answer = await send(server.port, { ...list(), path });
      const isEndpoint = answer.status === 200;
      // What is no request line at all may be refused as bad HTTP.
      if (!isEndpoint) expectRefusal(answer, answer.status === 400 ? 400 : 404, -32_600);
      // Spelled differently but the same path: then the checks have to hold as well.
      const foreign = await send(server.port, { ...list({ origin: 'https://evil.example' }), path });
      expect(isEndpoint ? [403] : [400, 403, 404]).toContain(foreign.status);
    },
  );

  test.each(['/mcp/', '//mcp', '/MCP', '/mcp;x', '/sse', '/messages', '/metrics'])('S029 %s is nothing', async (path) => {
    expectRefusal(await send(server.port, { ...list(), path }), 404, -32_600);
    expectRefusal(await send(server.port, { method: 'GET', path }), 404, -32_600);
  });

  test('S029 a request line with a whole URL is judged by the same checks', async () => {
    const answer = await send(server.port, { ...list(), path: 'http://evil.example/mcp' });
    expect([200, 400, 403]).toContain(answer.status);
    expect((await send(server.port, { ...list({ host: 'evil.example' }), path: `http://localhost:${server.port}/mcp` })).status).toBe(403);
  });

  test('S007 S101 answers are no page: JSON, nosniff, no frame, and nothing about the software', async () => {
    const answers = await Promise.all(
      [{ method: 'GET', path: '/' }, { method: 'GET', path: '/healthz' }, { method: 'GET', path: '/readyz' }, { method: 'GET', path: '/nothing' }, { method: 'GET' }, { ...list(), body: '{' }, list({ origin: 'null' })].map((sent) => send(server.port, sent)),
    );
    for (const { headers, raw } of answers) {
      expect(headers).toMatchObject({ 'content-type': expect.stringMatching(/^application\/json/) as string, 'x-content-type-options': 'nosniff', 'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string });
      expect(raw).not.toMatch(/x-powered-by|^server:|hono|express/im);
    }
    expect((await send(server.port, list())).raw).not.toMatch(/x-powered-by|^server:|hono|express/im);
  });
});

describe('health', () => {
  test('S100 is answered before every check, and says nothing about the software', async () => {
    for (const [path, status] of [['/healthz', 'ok'], ['/readyz', 'ready']] as const) {
      for (const headers of [{ host: '10.1.2.3' }, { origin: 'https://evil.example' }]) {
        const answer = await send(server.port, { method: 'GET', path, headers });
        expect(answer.status).toBe(200);
        expect(JSON.parse(answer.body)).toMatchObject({ status });
        expect(answer.raw).not.toMatch(/version|node|probe|\d+\.\d+\.\d+/i);
      }
      const wire = await openWire(server.port);
      wire.write(render(server.port, { method: 'HEAD', path, headers: { connection: 'close' } }));
      await wire.closed;
      expect(wire.received()).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  test.each(['throws', 'false'])('readiness has a line per dependency: one that answers %s turns it 503 and nothing else', async (ready) => {
    const broken = await startServer(await probeRepo(), { PROBE_READY: ready, CANARY: canary });
    const answer = await send(broken.port, { method: 'GET', path: '/readyz' });
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toMatchObject({ checks: { services: false } });
    expect(answer.raw + broken.stdout() + broken.stderr()).not.toContain(canary);
    expect((await send(broken.port, { method: 'GET', path: '/healthz' })).status).toBe(200);
    expect((await send(broken.port, list())).status).toBe(200);
    await broken.kill();
  });
});
