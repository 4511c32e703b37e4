import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { now, startWorld } from '../auth/bench.ts';
import type { World } from '../auth/bench.ts';
import { modern } from '../wire/message.ts';

const worlds: World[] = [];
const open = async (hops: number) => {
  const world = await startWorld({ TRUSTED_PROXY_HOPS: String(hops) });
  worlds.push(world);
  const from = (chain: string, token = world.token({ exp: now() - 600, iat: now() - 900 })) => world.ask(`Bearer ${token}`, { ...modern('tools/list'), more: [['x-forwarded-for', chain]] });
  return { world, from, good: (chain: string) => from(chain, world.token()) };
};
const asked = (chain?: string) => new Request('http://localhost/mcp', chain === undefined ? {} : { headers: { 'x-forwarded-for': chain } });
afterAll(() => Promise.all(worlds.map((world) => world.close())));

describe('who fails to sign in', () => {
  test('S027 of a thousand bad tokens about three hundred are looked at, and others come in', async () => {
    const { world, from, good } = await open(1);
    const statuses: number[] = [];
    for (let at = 0; at < 20; at++) statuses.push(...(await Promise.all(Array.from({ length: 50 }, () => from('203.0.113.7')))).map(({ status }) => status));
    // Those that were on their way together are looked at together.
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(300);
    expect(statuses.filter((status) => status === 401).length).toBeLessThan(400);
    expect(statuses.filter((status) => status !== 401).every((status) => status === 429)).toBe(true);
    const refused = await good('203.0.113.7');
    expect([refused.status, refused.json().error?.data?.['error_class']]).toEqual([429, 'rate_limit']);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await good('203.0.113.8')).status).toBe(200);
    expect(world.server.hasExited()).toBe(false);
  });

  test('S028 who connects without a proxy is known by their own address', async () => {
    const { world } = await open(0);
    const bad = `Bearer ${world.token({ exp: now() - 600, iat: now() - 900 })}`;
    for (let at = 0; at < 300; at++) await world.ask(bad);
    expect((await world.ask(`Bearer ${world.token()}`)).status).toBe(429);
  });

  test('S028 behind a proxy that nobody has told of, one who fails shuts out nobody', async () => {
    const { from, good } = await open(0);
    for (let at = 0; at < 320; at++) await from(`198.51.100.${at % 250}`);
    expect((await good('192.0.2.1')).status).toBe(200);
  });

  test('who has no token yet is no failure: every client begins so', async () => {
    const { world } = await open(0);
    for (let at = 0; at < 320; at++) await world.ask(undefined);
    expect((await world.ask(`Bearer ${world.token()}`)).status).toBe(200);
  });
});

test('S027 who has failed too often may try again a minute after the first time, and is told so', async () => {
  interface Strangers {
    refuse(whence: () => string): Response | undefined;
    noteFailure(network: string): Promise<void>;
  }
  const { createStrangers } = (await import(path.join(inject('workspace'), 'http-notes/src/platform/http/strangers.ts'))) as { createStrangers: (countEverywhere: undefined, now: () => number) => Strangers };
  let time = 0;
  const strangers = createStrangers(undefined, () => time);
  for (let at = 0; at < 300; at++) await strangers.noteFailure('203.0.113.7');
  const wait = (): string | null | undefined => strangers.refuse(() => '203.0.113.7')?.headers.get('retry-after');
  expect(wait()).toBe('60');
  time = 59_000;
  expect(wait()).toBe('1');
  time = 60_000;
  await strangers.noteFailure('203.0.113.7');
  expect(wait()).toBeUndefined();
});

describe('where a request comes from', () => {
  let networkOf: (peer: string | undefined, request: Request, hops: number, isTold?: boolean) => string | undefined;
  beforeAll(async () => {
    ({ networkOf } = (await import(path.join(inject('workspace'), 'http-notes/src/platform/http/strangers.ts'))) as { networkOf: typeof networkOf });
  });

  test.each<[string, string | undefined, string | undefined, number, string | undefined]>([
    ['a proxy that nobody has told of', '192.0.2.1', '1.1.1.1', 0, undefined],
    ['no proxy: the peer', '192.0.2.1', undefined, 0, '192.0.2.1'],
    ['one proxy: what it has seen', '10.0.0.1', '1.1.1.1, 203.0.113.5', 1, '203.0.113.5'],
    ['two proxies: what the outer one has seen', '10.0.0.1', '1.1.1.1, 203.0.113.5, 10.0.0.2', 2, '203.0.113.5'],
    ['a chain that is too short: what is there', '10.0.0.1', '203.0.113.5', 2, '203.0.113.5'],
    ['no chain: the peer', '10.0.0.1', undefined, 1, '10.0.0.1'],
    ['nobody known', undefined, undefined, 0, undefined],
    ['with a port', '10.0.0.1', '203.0.113.5:4711', 1, '203.0.113.5'],
    ['IPv4 written as IPv6', '::ffff:203.0.113.5', undefined, 0, '203.0.113.5'],
    ['IPv6: the /64', '2001:db8:1:2:3:4:5:6', undefined, 0, '2001:db8:1:2'],
    ['IPv6 another way', '10.0.0.1', '[2001:0DB8:1:2::9]:443', 1, '2001:db8:1:2'],
    ['IPv6 with zeros', '2001:db8::9', undefined, 0, '2001:db8:0:0'],
    ['loopback', '::1', undefined, 0, '0:0:0:0'],
    ['link-local', 'fe80::1%eth0', undefined, 0, 'fe80:0:0:0'],
  ])('S028 %s', (_, peer, chain, hops, network) => {
    expect(networkOf(peer, asked(chain), hops)).toBe(network);
  });

  test('S028 a proxy that says so in another way', () => {
    expect(networkOf('192.0.2.1', new Request('http://localhost/mcp', { headers: { forwarded: 'for=1.1.1.1' } }), 0)).toBeUndefined();
  });

  test.each<[string, string | undefined, string | undefined, number, string | undefined]>([
    ['no proxy', '203.0.113.5', '203.0.113.5', 0, '203.0.113.5'],
    ['no proxy, and a client that makes one up', '203.0.113.5', '1.1.1.1, 203.0.113.5', 0, '203.0.113.5'],
    ['no proxy, and a platform that does not append', '203.0.113.5', '1.1.1.1', 0, '203.0.113.5'],
    ['one proxy: what it has seen', '10.0.0.1', '1.1.1.1, 203.0.113.5, 10.0.0.1', 1, '203.0.113.5'],
    ['one proxy, and a platform that does not append', '10.0.0.1', '1.1.1.1, 203.0.113.5', 1, '203.0.113.5'],
    ['one proxy that does not append', '10.0.0.1', '10.0.0.1', 1, '10.0.0.1'],
    ['a platform that says nothing', undefined, '203.0.113.5', 0, undefined],
  ])('S028 where the platform says who has connected: %s', (_, peer, chain, hops, network) => {
    expect(networkOf(peer, asked(chain), hops, true)).toBe(network);
  });
});
