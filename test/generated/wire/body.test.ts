import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWire, render, send } from './http.ts';
import type { Wire } from './http.ts';
import type { Sent } from './http.ts';
import { call, legacy, modern } from './message.ts';
import { probeRepo } from './probe.ts';
import { expectRefusal } from './refusal.ts';
import { killServers, startServer, until } from './server.ts';
import type { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer(await probeRepo());
});
afterAll(killServers);

const list = (headers: Readonly<Record<string, string | undefined>> = {}) => modern('tools/list', {}, { headers });

/** A correct call, padded to a length in bytes. */
const ofLength = (bytes: number): Sent => {
  const sent = call('modern', 'echo_nonce', { nonce: 'N' });
  return { ...sent, body: sent.body + ' '.repeat(bytes - sent.body.length) };
};

const chunked = (sent: Sent): string => {
  const { body = '', ...rest } = sent;
  return `${render(server.port, { ...rest, more: [['transfer-encoding', 'chunked']] })}${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
};

const nested = (levels: number): Sent => {
  const sent = call('modern', 'nested_input', { mode: 'fast', inner: { items: [] }, anything: 'X' });
  return { ...sent, body: sent.body.replace('"X"', '['.repeat(levels) + ']'.repeat(levels)) };
};

describe('media types and encodings', () => {
  test.each<[string, string | undefined]>([
    ['text/plain', 'text/plain'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['multipart', 'multipart/form-data; boundary=x'],
    ['none', undefined],
    ['a type that starts alike', 'application/jsonx'],
    ['JSON as a parameter', 'text/plain; application/json'],
    ['two types', 'text/plain, application/json'],
  ])('S005 refuses %s, without an effect', async (_, type) => {
    for (const era of ['modern', 'legacy'] as const) {
      const sent = call(era, 'put_value', { name: 'csrf', value: 1 }, { headers: { 'content-type': type } });
      expectRefusal(await send(server.port, sent), 415, -32_600);
    }
    expect((await send(server.port, call('modern', 'count_effects', { name: 'csrf' }))).json().result?.structuredContent).toEqual({ times: 0 });
  });

  test.each(['gzip', 'deflate', 'br', 'zstd', 'identity, gzip', 'x'])('S015 refuses Content-Encoding: %s', async (encoding) => {
    const wire = await openWire(server.port);
    const body = gzipSync('x'.repeat(1_000_000));
    wire.write(render(server.port, { ...list({ 'content-encoding': encoding, 'content-length': String(body.length) }), body: '' }));
    wire.write(body);
    expectRefusal(await wire.answer(), 415, -32_600);
    wire.close();
  });
});

describe('the body', () => {
  const limit = 1_048_576;
  test('R047 S014 takes a body of exactly the limit, with and without a length', async () => {
    expect((await send(server.port, ofLength(limit))).status).toBe(200);
    const wire = await openWire(server.port);
    wire.write(chunked(ofLength(limit)));
    expect((await wire.answer()).status).toBe(200);
    wire.close();
  });

  test('P06 R047 S014 refuses one byte more, with a length', async () => {
    expectRefusal(await send(server.port, ofLength(limit + 1)), 413, -32_600);
  });

  test('S014 refuses a length over the limit before a byte of the body has come', async () => {
    const wire = await openWire(server.port);
    wire.write(render(server.port, list({ 'content-length': '104857600' })));
    expectRefusal(await wire.answer(), 413, -32_600);
    await wire.closed;
  });

  test('P06 R047 S014 refuses one byte more, chunked', async () => {
    const wire = await openWire(server.port);
    wire.write(chunked(ofLength(limit + 1)));
    expectRefusal(await wire.answer(), 413, -32_600);
    await wire.closed;
  });

  test('R047 S014 cuts a stream of 100 MiB off early, and keeps none of it', async () => {
    // Where the system does not tell, nothing is measured.
    const residentMiB = (): number => (process.platform === 'linux' ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024 : 0);
    const before = residentMiB();
    const wire = await openWire(server.port);
    wire.write(render(server.port, { ...list(), more: [['transfer-encoding', 'chunked']] }));
    const piece = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'x'), Buffer.from('\r\n')]);
    let sent = 0;
    while (!wire.socket.destroyed && sent < 1_600) {
      sent++;
      if (!wire.socket.write(piece)) await Promise.race([new Promise((resolve) => wire.socket.once('drain', resolve)), wire.closed]);
    }
    await wire.closed;
    // What fits into the socket buffers of both sides is sent before anyone can object.
    expect(sent * 65_536).toBeLessThan(32 * limit);
    expect(residentMiB() - before).toBeLessThan(48);
    expect((await send(server.port, list())).status).toBe(200);
  });

  test('S016 takes 64 levels and refuses 65', async () => {
    // The message, params and arguments are three levels.
    expect((await send(server.port, nested(61))).status).toBe(200);
    expectRefusal(await send(server.port, nested(62)), 400, -32_600);
  });

  test.each([
    ['65 levels of lists', nested(65)],
    ['1,000 levels', nested(1_000)],
    ['500,000 levels', nested(500_000)],
    ['500,000 levels that never close', { ...list(), body: '['.repeat(500_000) }],
    ['100,000 levels of objects', { ...list(), body: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}` }],
    ['65 levels behind a string with brackets and escapes', { ...list(), body: `["]\\\\\\"]]]]",${'['.repeat(65)}${']'.repeat(65)}]` }],
  ])('S016 refuses %s', async (_, sent) => {
    expectRefusal(await send(server.port, sent), 400, -32_600);
  });

  test('S016 counts no bracket inside of a string', async () => {
    const answer = await send(server.port, call('modern', 'nested_input', { mode: 'fast', inner: { items: [] }, anything: '[{\\"'.repeat(500) }));
    expect(answer.status).toBe(200);
  });

  test.each([
    ['10,001 items', `[${'1,'.repeat(10_000)}1]`],
    ['10,001 keys', `{${Array.from({ length: 10_001 }, (_, at) => `"k${at}":1`).join(',')}}`],
    ['5,001 empty lists and as many commas', `[${'[],'.repeat(5_001)}[]]`],
    ['half a million items', `[${'1,'.repeat(500_000)}1]`],
  ])('S017 refuses %s', async (_, body) => {
    expectRefusal(await send(server.port, { ...list(), body }), 400, -32_600);
  });

  test('S017 takes 9,000 items', async () => {
    const anything = Array.from({ length: 9_000 }, () => 1);
    expect((await send(server.port, call('modern', 'nested_input', { mode: 'fast', inner: { items: [] }, anything }))).status).toBe(200);
  });

  test('R063 S011 more long bodies than it has room for are refused with 503 and Retry-After, until there is room again; short ones are read all the same', async () => {
    const small = await startServer(await probeRepo(), { MAX_BODY_BYTES: '32768' });
    const type = { 'content-type': 'application/json' };
    const begin = async (count: number, sent: number): Promise<Wire[]> => {
      const body = `{${' '.repeat(sent - 1)}`;
      const begun = [
        render(small.port, { headers: { ...type, 'content-length': '32768' }, body }),
        render(small.port, { headers: { ...type, 'content-length': undefined, 'transfer-encoding': 'chunked' }, body: `${sent.toString(16)}\r\n${body}\r\n` }),
      ];
      const wires = await Promise.all(Array.from({ length: count }, () => openWire(small.port)));
      wires.forEach((wire, at) => wire.write(begun[at % 2] ?? ''));
      return wires;
    };
    const ask = () => send(small.port, legacy('ping', { long: 'x'.repeat(20_000) }));
    // Whoever announces much and sends little takes nothing from others.
    const stalled = await begin(200, 1);
    expect((await ask()).status).toBe(200);
    // Of these 16 KB are always read, and room for as much is kept for each.
    const waiting = [...stalled, ...(await begin(130, 32_767))];
    await until(async () => (await ask()).status === 503);
    const answer = await ask();
    expectRefusal(answer, 503, -32_603);
    expect(answer.json().error?.data?.['error_class']).toBe('transient');
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);
    expect((await send(small.port, legacy('ping'))).status).toBe(200);
    expect((await send(small.port, { method: 'GET', path: '/healthz' })).status).toBe(200);
    for (const wire of waiting) wire.close();
    await until(async () => (await ask()).status === 200);
    await small.kill();
  });

  test('S018 the last of two equal keys counts, and the header has to agree with it', async () => {
    const sent = call('modern', 'echo_nonce', { nonce: 'last' });
    const answer = await send(server.port, { ...sent, body: sent.body.replace('"nonce":"last"', '"nonce":"first","nonce":"last"') });
    expect(answer.json().result?.structuredContent?.['nonce']).toBe('last');
  });
});
