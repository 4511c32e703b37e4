import { Client as V2Client } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientKinds } from '../clients.ts';
import { send } from './http.ts';
import type { Rpc } from './http.ts';
import { legacy, modern } from './message.ts';
import { initialize, killPipes, old, open, request, use } from './pipe.ts';
import type { Pipe } from './pipe.ts';
import { builtRepo, probeRepo } from './probe.ts';
import { killServers, linesOf, startServer } from './server.ts';

let repo: string;
beforeAll(async () => {
  repo = await probeRepo();
});
afterAll(async () => {
  killPipes();
  await killServers();
});

const start = (): Pipe => open(repo);

describe('P81 P82 eras on one pipe', () => {
  test('discover first, then initialize: the client falls back to the 2025 era', async () => {
    const pipe = start();
    pipe.send(request(1, 'server/discover'));
    expect((await pipe.answerTo(1)).result).toMatchObject({ supportedVersions: ['2026-07-28'] });
    pipe.send(initialize(2));
    expect((await pipe.answerTo(2)).result).toMatchObject({ protocolVersion: '2025-11-25' });
    pipe.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    pipe.send(old(3, 'tools/call', { name: 'fail_as', arguments: { kind: 'permanent' } }));
    const { result } = await pipe.answerTo(3);
    expect(result).toMatchObject({ isError: true, _meta: { 'mcp-gen/error': { error_class: 'permanent' } } });
    expect(result).not.toHaveProperty('structuredContent');
    pipe.end();
    await pipe.exited;
  });

  test('after a call of the 2026 era initialize is refused with -32022', async () => {
    const pipe = start();
    pipe.send(use(1, 'echo_nonce', { nonce: 'x' }));
    await pipe.answerTo(1);
    pipe.send(initialize(2));
    expect((await pipe.answerTo(2)).error?.code).toBe(-32_022);
    pipe.end();
    await pipe.exited;
  });

  test('an unknown version is refused with the known ones', async () => {
    const pipe = start();
    pipe.send(JSON.parse(modern('tools/list', {}, { id: 1, meta: { 'io.modelcontextprotocol/protocolVersion': '1900-01-01' } }).body) as object);
    expect((await pipe.answerTo(1)).error).toMatchObject({ code: -32_022, data: { supported: ['2026-07-28'], requested: '1900-01-01' } });
    pipe.end();
    await pipe.exited;
  });

  test.each<[string, () => object, number]>([
    ['a missing envelope', () => JSON.parse(modern('tools/list', {}, { id: 2, bare: true }).body) as object, -32_602],
    ['an unknown method', () => request(2, 'foo/bar'), -32_601],
    ['an unknown tool', () => use(2, 'nope'), -32_602],
  ])('%s is refused with its code', async (_, message, code) => {
    const pipe = start();
    pipe.send(use(1, 'echo_nonce', { nonce: 'x' }));
    await pipe.answerTo(1);
    pipe.send(message());
    expect((await pipe.answerTo(2)).error?.code).toBe(code);
    pipe.end();
    await pipe.exited;
  });

  test.each(Object.keys(clientKinds))('R055 the %s gets errors in the shape of its era', async (kind) => {
    const client = await clientKinds[kind as keyof typeof clientKinds]({ command: process.execPath, args: ['dist/stdio.js'], cwd: repo });
    await client.listTools();
    for (const thrown of ['permanent', 'error', 'badOutput']) {
      const result = (await client.callTool({ name: 'fail_as', arguments: { kind: thrown } })) as unknown as NonNullable<Rpc['result']>;
      const error = result['_meta']?.['mcp-gen/error'];
      expect(error).toMatchObject({ error_class: thrown === 'permanent' ? 'permanent' : 'internal' });
      expect(JSON.parse(result.content?.[0]?.text ?? '')).toEqual(error);
      const isModern = client instanceof V2Client && client.getProtocolEra() === 'modern';
      expect(result.structuredContent).toEqual(isModern ? { error } : undefined);
    }
    await client.close();
  });
});

/** The bytes of the list itself, without what stands around it. */
const toolsIn = (text: string): string | undefined => /"tools":(\[.*\])/s.exec(text)?.[1]?.replace(/\}\],.*$/s, '}]');

describe('R010 one server, two transports', () => {
  test('tools/list over stdio equals HTTP byte for byte, in both eras', async () => {
    const at = await builtRepo('both-notes');
    const server = await startServer(at);
    const pipe = open(at);
    pipe.send(request(1, 'tools/list'));
    await pipe.answerTo(1);
    const classic = open(at);
    classic.send(initialize(0));
    await classic.answerTo(0);
    classic.send(old(1, 'tools/list'));
    await classic.answerTo(1);
    const overHttp = await send(server.port, modern('tools/list'));
    expect(linesOf(pipe.stdout())[0]).toBe(overHttp.body);
    expect(toolsIn(linesOf(classic.stdout())[1] ?? '')).toBe(toolsIn((await send(server.port, legacy('tools/list'))).body));
    for (const one of [pipe, classic]) {
      one.end();
      await one.exited;
    }
    await server.kill();
  });
});
