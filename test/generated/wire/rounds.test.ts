import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { send } from './http.ts';
import { call, modern } from './message.ts';
import { probeRepo } from './probe.ts';
import { killServers, startServer } from './server.ts';
import type { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo(), { CANARY: 'canary-of-protocol' });
});
afterAll(killServers);

const secretOf = (byte: number): string => Buffer.alloc(32, byte).toString('base64');

describe('P43 R011 what a multi-round call remembers', () => {
  const capable = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } } };
  const ask = async (on: Server) => String((await send(on.port, call('modern', 'ask_and_remember', {}, { meta: capable }))).json().result?.['requestState']);
  const answer = async (on: Server, requestState: unknown, name = 'ask_and_remember') => {
    const sent = modern('tools/call', { name, arguments: {}, inputResponses: { confirm: { action: 'accept', content: {} } }, requestState }, { meta: capable });
    return (await send(on.port, sent)).json();
  };

  test('is completed on another instance with the same secret, and with a rotated one', async () => {
    const [one, two, rotated] = await Promise.all([secretOf(1), secretOf(1), `${secretOf(2)},${secretOf(1)}`].map(async (MCP_SECRET) => startServer(await probeRepo(), { MCP_SECRET })));
    if (!one || !two || !rotated) throw new Error('three were started');
    const state = await ask(one);
    for (const on of [one, two, rotated]) expect((await answer(on, state)).result?.content).toEqual([{ type: 'text', text: JSON.stringify({ step: 1 }) }]);
    expect((await answer(one, await ask(rotated))).error?.data).toMatchObject({ reason: 'invalid_request_state' });
    await Promise.all([one, two, rotated].map((on) => on.kill()));
  });

  test('S057 is refused by another tool', async () => {
    expect((await answer(server, await ask(server), 'recall_other')).error).toMatchObject({ code: -32_602, data: { reason: 'invalid_request_state' } });
  });

  test.each<[string, (state: string) => unknown]>([
    ['another byte at its start', (state) => (state.startsWith('A') ? 'B' : 'A') + state.slice(1)],
    ['a byte less', (state) => state.slice(0, -1)],
    ['something behind it', (state) => `${state}x`],
    ['nothing of it', () => 'canary'],
    ['an empty one', () => ''],
    ['a very long one', (state) => state + 'x'.repeat(100_000)],
  ])('is refused with %s', async (_, tamper) => {
    expect((await answer(server, tamper(await ask(server)))).error).toMatchObject({ code: -32_602, data: { reason: 'invalid_request_state' } });
  });
});
