import { describe, expect, test } from 'vitest';
import { loadEnvironment } from '../src/platform/config/environment.js';
import { type App, createApp } from '../src/platform/http/app.js';
import { deriveHttpConfig, httpSettings } from '../src/platform/http/config.js';
import { startServer } from './kit.js';

const ORIGIN = 'http://localhost:3000';

function startApp(environment: Record<string, string> = {}): App {
  const config = deriveHttpConfig(loadEnvironment(httpSettings, environment));
  return createApp(config, startServer().runtime);
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
  return app.fetch(new Request(`${ORIGIN}/mcp`, { method: 'POST', headers: { ...HEADERS, ...headers }, body }));
}

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

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
    ['65 levels', {}, nested(65), 400, -32_600],
    ['10,001 values', {}, `[${'1,'.repeat(10_000)}1]`, 400, -32_600],
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
    const response = await startApp().fetch(new Request(`${ORIGIN}/mcp`, { method }));
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  test('CORS headers go to configured origins only', async () => {
    const origin = 'https://app.example.com';
    const app = startApp({ ALLOWED_ORIGINS: origin });
    const preflight = await app.fetch(new Request(`${ORIGIN}/mcp`, { method: 'OPTIONS', headers: { origin } }));
    expect(preflight.status).toBe(204);
    expect((await post(app, { origin })).headers.get('access-control-allow-origin')).toBe(origin);
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
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
    const response = await post(startApp(), { 'mcp-protocol-version': '2025-11-25' }, body);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(response.headers.get('mcp-session-id')).toBeNull();
  });
});

describe('the configuration', () => {
  test.each<[Record<string, string>, string]>([
    [{ HOST: '0.0.0.0' }, 'MCP_PUBLIC_URL'],
    [{ HOST: '0.0.0.0', MCP_PUBLIC_URL: 'https://mcp.example.com/mcp' }, 'ALLOW_UNAUTHENTICATED=true'],
    [{ PORT: 'canary' }, 'PORT=3000'],
    [{ MCP_SECRET: 'canary' }, 'MCP_SECRET='],
    [{ NODE_ENV: 'production' }, 'MCP_SECRET='],
    [{ ALLOWED_ORIGINS: '*' }, 'ALLOWED_ORIGINS=https://'],
  ])('%o is refused with the line to set', (environment, line) => {
    expect(() => startApp(environment)).toThrow(line);
    expect(() => startApp(environment)).not.toThrow('canary');
  });
});
