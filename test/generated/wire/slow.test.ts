import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientKinds } from '../clients.ts';
import { openWire, render, send } from './http.ts';
import { call, eras } from './message.ts';
import type { Era } from './message.ts';
import { build, copyRepo, once, writeIndexes } from './probe.ts';
import { killServers, startServer, until } from './server.ts';
import type { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  const repo = await once('wire-slow', async (at) => {
    copyRepo('both-notes', at);
    cpSync(fileURLToPath(new URL('./slow/src', import.meta.url)), path.join(at, 'src'), { recursive: true });
    writeIndexes(at);
    await build(at);
  });
  server = await startServer(repo);
});
afterAll(killServers);

const typeOf = async (sent: Parameters<typeof send>[1]) => (await send(server.port, sent)).headers['content-type'];
const letGo = (name: string) => send(server.port, call('modern', 'long_call', { name, go: true }));

/** One call that is let go once its stream has shown a sign of life. */
async function keepsWaiting(era: Era): Promise<void> {
  const wire = await openWire(server.port);
  wire.write(render(server.port, call(era, 'long_call', { name: era })));
  await until(() => wire.received().includes('\r\n\r\n'));
  expect(wire.received()).toMatch(/^HTTP\/1\.1 200 .*content-type: text\/event-stream/is);
  // 15 s apart: nothing but the stream itself says how the time goes.
  await until(() => wire.received().includes(': keepalive\n\n'), 60_000);
  expect(wire.received()).not.toContain('data:');
  await letGo(era);
  expect((await wire.answer()).events().map(({ result }) => result?.structuredContent)).toEqual([{ name: era }]);
  wire.close();
}

test('an answer that may take longer than 25 s is a stream from its start, with a sign of life before there is anything to say', async () => {
  await Promise.all((Object.keys(eras) as Era[]).map(keepsWaiting));
});

describe.each(Object.keys(eras) as Era[])('an answer that may take longer than 25 s: %s era', (era) => {
  test('a resource and a prompt are streamed alike; what is quicker is plain JSON', async () => {
    expect(await typeOf(eras[era]('resources/read', { uri: 'probe://long/a' }))).toMatch('text/event-stream');
    expect(await typeOf(eras[era]('prompts/get', { name: 'long_prompt', arguments: {} }))).toMatch('text/event-stream');
    expect(await typeOf(call(era, 'search_notes', { query: '' }))).toMatch('application/json');
    expect(await typeOf(eras[era]('prompts/get', { name: 'summarize_notes', arguments: { topic: 'x' } }))).toMatch('application/json');
    expect(await typeOf(eras[era]('tools/list'))).toMatch('application/json');
  });

  test('tells a failure as ever', async () => {
    const refused = await send(server.port, call(era, 'long_call', { name: 'x', bad: 2 }));
    expect(refused.json().result).toMatchObject({ isError: true, _meta: { 'mcp-gen/error': { error_class: 'validation' } } });
    expect((await send(server.port, eras[era]('resources/read', { uri: 'probe://long/much-too-long' }))).json().error).toMatchObject({ code: -32_602 });
  });

  test('ends with its client', async () => {
    const wire = await openWire(server.port);
    wire.write(render(server.port, call(era, 'long_call', { name: `${era} left` })));
    await until(() => wire.received().includes('\r\n\r\n'));
    const ended = () => server.log().filter(({ event, tool, status }) => event === 'mcp.audit' && tool === 'long_call' && status === 'cancelled').length;
    const before = ended();
    wire.close();
    await until(() => ended() === before + 1);
  });
});

test.each(Object.keys(clientKinds))('a real client understands it: %s', async (kind) => {
  const client = await clientKinds[kind as keyof typeof clientKinds](server.url);
  await client.listTools();
  const answer = client.callTool({ name: 'long_call', arguments: { name: kind } });
  // Until the call waits there is nothing to let go.
  const done = answer.then(() => true);
  for (;;) {
    await letGo(kind);
    if (await Promise.race([done, new Promise<false>((resolve) => setTimeout(() => resolve(false), 50))])) break;
  }
  expect(await answer).toMatchObject({ structuredContent: { name: kind } });
  await client.close();
});
