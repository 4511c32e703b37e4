import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { envelope, modern } from './message.ts';
import { killPipes, open, request, use } from './pipe.ts';
import type { Pipe } from './pipe.ts';
import { probeRepo } from './probe.ts';
import { until } from './server.ts';

let repo: string;
beforeAll(async () => {
  repo = await probeRepo();
});
afterAll(killPipes);

const start = (): Pipe => open(repo);

describe('what comes in', () => {
  test.each([
    ['garbage', '{nope'],
    ['text', 'hello'],
    ['an empty line', ''],
    ['a batch', JSON.stringify([request(9, 'tools/list')])],
    ['a scalar', '7'],
    ['null', 'null'],
    ['an object that is no message', '{"a":1}'],
    ['bytes that are no UTF-8', Uint8Array.of(0xff, 0xfe, 0x7b)],
    ['deep JSON', '['.repeat(100_000)],
  ])('P83 S116 %s is skipped and the next message is answered', async (_, line) => {
    const pipe = start();
    pipe.write(line);
    pipe.write('\n');
    pipe.send(request(1, 'tools/list'));
    expect((await pipe.answerTo(1)).result).toHaveProperty('tools');
    pipe.end();
    expect((await pipe.exited).code).toBe(0);
    for (const message of pipe.messages()) expect(message.jsonrpc).toBe('2.0');
  });

  test('a message may come in pieces, and several in one', async () => {
    const pipe = start();
    // One byte at a time, so that a character is split as well.
    for (const byte of Buffer.from(`${JSON.stringify(use(1, 'echo_nonce', { nonce: 'é🗒' }))}\n`)) {
      pipe.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    pipe.write(`${JSON.stringify(use(2, 'echo_nonce', { nonce: 'a' }))}\r\n${JSON.stringify(use(3, 'echo_nonce', { nonce: 'b' }))}\n`);
    expect((await pipe.answerTo(1)).result?.structuredContent?.['nonce']).toBe('é🗒');
    expect((await pipe.answerTo(2)).result?.structuredContent?.['nonce']).toBe('a');
    expect((await pipe.answerTo(3)).result?.structuredContent?.['nonce']).toBe('b');
    pipe.end();
    await pipe.exited;
  });

  test('P84 S116 a line without an end is bounded', async () => {
    const pipe = start();
    const piece = 'x'.repeat(1_048_576);
    for (let at = 0; at < 12; at++) pipe.write(piece);
    pipe.write('\n');
    pipe.send(request(1, 'tools/list'));
    // Either the server ends, or it skips the line and goes on; it never keeps it all.
    await Promise.race([pipe.exited, pipe.answerTo(1)]);
    pipe.end();
    await pipe.exited;
    for (const message of pipe.messages()) expect(message.jsonrpc).toBe('2.0');
  });

  test('P38 a cancelled call is never answered, and its handler is told', async () => {
    const pipe = start();
    pipe.send(use('slow', 'slow_call', { ms: 20_000, name: 'cancelled' }));
    const times = async (id: string, what: string) => {
      pipe.send(use(id, 'count_effects', { name: `cancelled.${what}` }));
      return (await pipe.answerTo(id)).result?.structuredContent?.['times'];
    };
    let at = 0;
    await until(async () => (await times(`s${++at}`, 'started')) === 1);
    pipe.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'slow', _meta: envelope } });
    await until(async () => (await times(`a${++at}`, 'aborted')) === 1);
    pipe.end();
    await pipe.exited;
    expect(pipe.messages().filter(({ id }) => id === 'slow')).toEqual([]);
  });

  test('P39 progress comes before the result, rising, for its token', async () => {
    const pipe = start();
    pipe.send(request(1, 'tools/call', { name: 'report_progress', arguments: {}, _meta: undefined }));
    pipe.send(JSON.parse(modern('tools/call', { name: 'report_progress', arguments: {} }, { id: 2, meta: { progressToken: 't' } }).body) as object);
    await pipe.answerTo(2);
    pipe.end();
    await pipe.exited;
    expect(pipe.messages().filter(({ method }) => method === 'notifications/progress').map(({ params }) => [params?.['progressToken'], params?.['progress']])).toEqual([['t', 1], ['t', 2], ['t', 3]]);
  });
});
