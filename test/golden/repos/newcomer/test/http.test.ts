import { describe, expect, test, vi } from 'vitest';
import { authSettings } from '../src/platform/auth/settings.js';
import { loadEnvironment } from '../src/platform/config/environment.js';
import { type App, createApp } from '../src/platform/http/app.js';
import { createBodyReader } from '../src/platform/http/body.js';
import { deriveHttpConfig } from '../src/platform/http/config.js';
import { signIn } from './caller.js';
import { startServer } from './kit.js';

const ORIGIN = 'http://localhost:3000';

/** Someone whom this server lets in. */
const caller = await signIn();

function startApp(environment: Record<string, string> = {}, { runtime } = startServer()): App {
  // What the 2025 era gets without sessions is the same for every session store.
  const config = deriveHttpConfig(loadEnvironment(authSettings, { MCP_LEGACY: 'stateless', ...caller.environment, ...environment }));
  return createApp(config, runtime);
}

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/list',
};
const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: ENVELOPE } });

function post(app: App, headers: Record<string, string> = {}, body: string = LIST): Promise<Response> {
  return app.fetch(new Request(`${ORIGIN}/mcp`, { method: 'POST', headers: { ...HEADERS, ...caller.headers, ...headers }, body }));
}

const OLD = { 'mcp-protocol-version': '2025-11-25' };
const OLD_LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** The same request, with something in it that nobody asked for. */
const carrying = (json: string): string => LIST.replace('"params":{', `"params":{"extra":${json},`);

describe('the edge', () => {
  test.each([
    ['a request of the 2026 era', {}, LIST, 200, undefined],
    ['a foreign Host', { host: 'evil.example' }, LIST, 403, -32_600],
    ['a foreign Origin', { origin: 'https://evil.example' }, LIST, 403, -32_600],
    ['Origin null', { origin: 'null' }, LIST, 403, -32_600],
    ['another local port as Origin', { origin: 'http://localhost:9999' }, LIST, 403, -32_600],
    ['text/plain', { 'content-type': 'text/plain' }, LIST, 415, -32_600],
    ['a compressed body', { 'content-encoding': 'gzip' }, LIST, 415, -32_600],
    ['broken JSON', {}, '{nope', 400, -32_700],
    ['no body', {}, '', 400, -32_700],
    ['a batch', {}, `[${LIST}]`, 400, -32_600],
    ['a body over the limit', {}, `{"a":"${'x'.repeat(1_048_576)}"}`, 413, -32_600],
    ['60 levels more', {}, carrying(nested(60)), 200, undefined],
    ['65 levels more', {}, carrying(nested(65)), 400, -32_600],
    ['10,001 values', {}, carrying(`[${'1,'.repeat(10_000)}1]`), 400, -32_600],
    ['an id of 257 characters', {}, LIST.replace('"id":1', `"id":"${'x'.repeat(257)}"`), 400, -32_600],
    ['a 2025-era client that takes no stream', { ...OLD, accept: 'application/json' }, OLD_LIST, 406, -32_600],
    ['an unknown 2025 revision', { 'mcp-protocol-version': '2025-01-01' }, OLD_LIST, 400, -32_600],
    ['an unknown method of the 2025 era', OLD, OLD_LIST.replace('tools/list', 'no/such'), 200, -32_601],
    ['a header that contradicts the body', { 'mcp-method': 'tools/call' }, LIST, 400, -32_020],
  ])('%s', async (_, headers, body, status, code) => {
    const response = await post(startApp(), headers, body);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toContain('application/json');
    const answer = (await response.json()) as { error?: { code: number } };
    expect(answer.error?.code).toBe(code);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test.each(['GET', 'DELETE', 'PUT'])('%s is not allowed', async (method) => {
    const response = await startApp().fetch(new Request(`${ORIGIN}/mcp`, { method, headers: caller.headers }));
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  test('CORS headers go to configured origins only', async () => {
    const origin = 'https://app.example.com';
    const app = startApp({ ALLOWED_ORIGINS: origin });
    const preflight = await app.fetch(new Request(`${ORIGIN}/mcp`, { method: 'OPTIONS', headers: { origin } }));
    expect(preflight.status).toBe(204);
    expect((await post(app, { origin })).headers.get('access-control-allow-origin')).toBe(origin);
    expect((await post(app, { origin: ORIGIN })).headers.get('access-control-allow-origin')).toBeNull();
  });

  test('a body is refused unread when its length is over the limit, and while too much of others is kept', async () => {
    const read = createBodyReader(32_768);
    const request = (length: number): Request =>
      new Request(`${ORIGIN}/mcp`, { method: 'POST', headers: { ...HEADERS, 'content-length': String(length) }, body: '' });
    const statusOf = async (length: number, tenant: string): Promise<number> => {
      const body = await read(request(length), async (take) => (take(length) ? '{}' : undefined), { kind: 'user', tenant });
      return 'refusal' in body ? body.refusal.status : 200;
    };
    const stall = (sent: number, tenant: string) =>
      void read(request(32_768), (take) => (take(sent), new Promise(() => {})), { kind: 'user', tenant });
    expect(await statusOf(32_769, 'one')).toBe(413);
    for (let at = 0; at < 200; at++) stall(0, 'one');
    for (const tenant of ['one', 'another']) {
      expect(await statusOf(32_768, tenant)).toBe(200);
      for (let at = 0; at < 64; at++) stall(32_768, tenant);
      expect([await statusOf(32_768, tenant), await statusOf(16_384, tenant)]).toEqual([503, 200]);
    }
    expect([await statusOf(32_768, 'a third'), await statusOf(16_384, 'a third')]).toEqual([503, 200]);
  });

  test('a fault that nobody foresaw is a 500 with an id that the log has, and nothing of the fault', async () => {
    const server = startServer();
    const request = new Request(`${ORIGIN}/mcp`, { method: 'POST' });
    vi.spyOn(request, 'headers', 'get').mockImplementation(() => {
      throw new Error('canary');
    });
    const response = await startApp({}, server).fetch(request);
    const body = await response.text();
    expect(response.status).toBe(500);
    const [, id = ''] = /"correlation_id":"([0-9a-f-]{36})"/.exec(body) ?? [];
    expect(server.logs.find((line) => line.includes(id))).toContain('"event":"http.failed"');
    expect(body + server.logs.join('')).not.toContain('canary');
  });

  test('health is answered before every check, and readiness ends when draining', async () => {
    const app = startApp();
    const probe = async (path: string): Promise<number> =>
      (await app.fetch(new Request(`${ORIGIN}${path}`, { headers: { host: '10.0.0.1' } }))).status;
    expect([await probe('/healthz'), await probe('/readyz')]).toEqual([200, 200]);
    app.startDraining();
    expect([await probe('/healthz'), await probe('/readyz')]).toEqual([200, 503]);
    const refused = await post(app);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('a 2025-era client is answered with JSON, without a session', async () => {
    const response = await post(startApp(), OLD, OLD_LIST);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(response.headers.get('mcp-session-id')).toBeNull();
  });
});

describe('the configuration', () => {
  test.each<[Record<string, string>, string]>([
    [{ HOST: '0.0.0.0' }, 'MCP_PUBLIC_URL'],
    [{ PORT: 'canary' }, 'PORT=3000'],
    [{ MCP_SECRET: 'canary' }, 'MCP_SECRET='],
    [{ NODE_ENV: 'production' }, 'MCP_SECRET='],
    [{ ALLOWED_ORIGINS: '*' }, 'ALLOWED_ORIGINS=https://'],
  ])('%o is refused with the line to set', (environment, line) => {
    expect(() => startApp(environment)).toThrow(line);
    expect(() => startApp(environment)).not.toThrow('canary');
  });
});
