import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, onTestFinished, test } from 'vitest';
import { authSettings } from '../src/platform/auth/settings.js';
import { loadEnvironment } from '../src/platform/config/environment.js';
import { createApp } from '../src/platform/http/app.js';
import { deriveHttpConfig } from '../src/platform/http/config.js';
import { stateInProcess } from '../src/platform/state/state.js';
import { tools } from '../src/tools/index.js';
import { signIn } from './caller.js';
import { ERAS, type Era, startServer } from './kit.js';

const URL_OF_BOTH = new URL('http://localhost:3000/mcp');
const caller = await signIn();

/** Two instances on one state; each gets the next request, as behind a load balancer without affinity. */
function startTwo() {
  const state = stateInProcess();
  const config = deriveHttpConfig(loadEnvironment(authSettings, { ...caller.environment }));
  const apps = [1, 2].map(() => createApp(config, startServer({}, state).runtime));
  let turn = 0;
  const fetchInTurn = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const response = await apps[turn++ % apps.length]?.fetch(new Request(url, init));
    return response ?? Response.error();
  };
  return {
    fetchInTurn,
    async connect(era: Era) {
      const mode = era === 'modern' ? { pin: '2026-07-28' } : 'legacy';
      const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } });
      const transport = new StreamableHTTPClientTransport(URL_OF_BOTH, { fetch: fetchInTurn, requestInit: { headers: { ...caller.headers } } });
      await client.connect(transport);
      onTestFinished(() => client.close());
      return { client, transport };
    },
  };
}

/** A request of a session, spoken by hand. */
function requestOf(sessionId: string | undefined, method = 'POST'): RequestInit {
  const headers = { accept: 'application/json, text/event-stream', ...caller.headers, ...(sessionId && { 'mcp-session-id': sessionId }) };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  return method === 'POST' ? { method, headers: { ...headers, 'content-type': 'application/json' }, body } : { method, headers };
}

test.each(ERAS)('a %s client is answered by whichever instance comes next', async (era) => {
  const { client } = await startTwo().connect(era);
  for (let at = 0; at < 4; at++) expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(tools.map(({ name }) => name));
});

test('a session of the 2025 era that was ended on one instance is unknown to the other', async () => {
  const two = startTwo();
  const { transport } = await two.connect('legacy');
  const { sessionId } = transport;
  expect(sessionId).toMatch(/^[0-9a-f]{32}$/);
  const statusOf = async (id: string | undefined, method?: string): Promise<number> => (await two.fetchInTurn(URL_OF_BOTH, requestOf(id, method))).status;
  expect([await statusOf(sessionId), await statusOf(sessionId), await statusOf('f'.repeat(32)), await statusOf(undefined)]).toEqual([200, 200, 404, 400]);
  expect(await statusOf(sessionId, 'DELETE')).toBe(204);
  expect([await statusOf(sessionId), await statusOf(sessionId)]).toEqual([404, 404]);
});
