import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWire, render, send } from './http.ts';
import { call, legacy, modern } from './message.ts';
import { probeRepo } from './probe.ts';
import { canary, expectRefusal } from './refusal.ts';
import { killServers, startServer } from './server.ts';
import type { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo());
});
afterAll(killServers);

const list = (headers: Readonly<Record<string, string | undefined>> = {}) => modern('tools/list', {}, { headers });

const here = () => `localhost:${server.port}`;

describe('Host and Origin', () => {
  test.each<[string, () => string, number]>([
    ['S001 a foreign name', () => `${canary}.example`, 403],
    ['S001 a foreign name on the right port', () => `${canary}.example:${server.port}`, 403],
    ['S001 localhost on another port', () => `localhost:${server.port + 1}`, 403],
    ['S001 localhost without a port', () => 'localhost', 403],
    ['S001 a name that starts like ours', () => `localhost:${server.port}.${canary}.example`, 403],
    ['S001 a subdomain', () => `a.localhost:${server.port}`, 403],
    ['S001 a user part', () => `localhost:${server.port}@${canary}.example`, 403],
    ['S001 another loopback address', () => `127.0.0.2:${server.port}`, 403],
    ['localhost with its port', here, 200],
    ['127.0.0.1 with its port', () => `127.0.0.1:${server.port}`, 200],
    ['[::1] with its port', () => `[::1]:${server.port}`, 200],
  ])('P02 Host: %s', async (_, host, status) => {
    const answer = await send(server.port, list({ host: host() }));
    expect(status === 200 ? [200] : [403, 400]).toContain(answer.status);
    // What is no host at all may be refused as bad HTTP.
    if (answer.status !== 200) expectRefusal(answer, answer.status, -32_600);
  });

  test('S001 a foreign Host is refused before the body arrives', async () => {
    const wire = await openWire(server.port);
    wire.write(render(server.port, { ...list({ host: 'evil.example', 'content-length': '500000' }), body: '{' }));
    expectRefusal(await wire.answer(), 403, -32_600);
    wire.close();
  });

  test('S001 a foreign Host reaches no page either', async () => {
    for (const path of ['/', '/mcp/server-card', '/.well-known/ai-catalog.json', '/nothing']) expect([path, (await send(server.port, { method: 'GET', path, headers: { host: 'evil.example' } })).status]).toEqual([path, 403]);
  });

  test('S008 two Host headers are refused', async () => {
    const answer = await send(server.port, { ...list(), more: [['host', 'evil.example']] });
    expect([400, 403]).toContain(answer.status);
  });

  test.each([
    ['S002 a foreign origin', () => `https://${canary}.example`],
    ['S002 null', () => 'null'],
    ['S003 another local port', () => 'http://localhost:9999'],
    ['S003 localhost without a port', () => 'http://localhost'],
    ['S003 another scheme', () => `https://localhost:${server.port}`],
    ['S003 another loopback name', () => `http://127.0.0.1:${server.port}`],
    ['S002 an origin that starts like ours', () => `http://localhost:${server.port}.evil.example`],
    ['S002 an origin with a path', () => `http://localhost:${server.port}/mcp`],
    ['S002 two origins', () => `http://localhost:${server.port}, https://evil.example`],
    ['S002 an empty origin', () => ''],
  ])('P01 refuses Origin: %s', async (_, origin) => {
    for (const sent of [list(), legacy('tools/list'), call('modern', 'count_effects', { name: 'x' })]) {
      const answer = await send(server.port, { ...sent, headers: { ...sent.headers, origin: origin() } });
      expectRefusal(answer, 403, -32_600);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test('P01 lets the origin of the public URL and clients without one pass', async () => {
    expect((await send(server.port, list({ origin: `http://${here()}` }))).status).toBe(200);
    expect((await send(server.port, list())).status).toBe(200);
  });
});

describe('S006 CORS', () => {
  const origin = 'https://app.example.com';
  const ask = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,mcp-method,mcp-param-region,x-evil' };

  test('unless configured there is none, for a preflight or an answer', async () => {
    for (const sent of [{ method: 'OPTIONS', headers: { origin, ...ask } }, { method: 'OPTIONS', headers: ask }, { method: 'OPTIONS', headers: { ...ask, origin: `http://localhost:${server.port}` } }, list({ origin }), list()]) {
      const answer = await send(server.port, sent);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  test('configured, it names exactly that origin, on answers of every kind, and never credentials', async () => {
    const open = await startServer(await probeRepo(), { ALLOWED_ORIGINS: `${origin},https://second.example:8443` });
    const preflight = await send(open.port, { method: 'OPTIONS', headers: { origin, ...ask } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers).toMatchObject({ 'access-control-allow-origin': origin, 'access-control-allow-methods': expect.stringContaining('POST') as string, vary: expect.stringMatching(/origin/i) as string });
    expect(preflight.headers['access-control-allow-headers']).toMatch(/mcp-method.*mcp-param-region/);
    expect(preflight.headers['access-control-allow-headers']).not.toContain('x-evil');
    expect(preflight.headers).not.toHaveProperty('access-control-allow-credentials');
    const answers = [list({ origin }), { ...list({ origin }), body: '{' }, legacy('tools/list', {}, { headers: { origin } }), call('modern', 'report_progress', {}, { headers: { origin }, meta: { progressToken: 1 } }), { method: 'GET', headers: { origin } }];
    for (const sent of answers) expect((await send(open.port, sent)).headers).toMatchObject({ 'access-control-allow-origin': origin, vary: expect.stringMatching(/origin/i) as string });
    for (const foreign of ['https://second.example', 'https://app.example.com:444', 'http://app.example.com', 'https://APP.example.com.evil', '*']) {
      const answer = await send(open.port, list({ origin: foreign }));
      expect([foreign, answer.status, answer.headers['access-control-allow-origin']]).toEqual([foreign, 403, undefined]);
    }
    expect((await send(open.port, list({ origin: 'https://second.example:8443' }))).headers['access-control-allow-origin']).toBe('https://second.example:8443');
    await open.kill();
  });
});
