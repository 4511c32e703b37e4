import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { until } from '../wire/server.ts';
import { errorNames, inRedis, loadFollow } from './adapters.ts';
import type { State } from './adapters.ts';
import { startLatencyProxy } from './latency-proxy.ts';
import { killRedis, startRedis } from './redis-server.ts';

const opened: State[] = [];
afterEach(() => {
  for (const state of opened.splice(0)) state.close?.();
});
afterAll(killRedis);

type Line = readonly [level: string, event: string, fields: Record<string, unknown>];

async function open(url: string): Promise<State & { readonly lines: Line[] }> {
  const lines: Line[] = [];
  const note = (level: string) => (event: string, fields: Record<string, unknown> = {}) => void lines.push([level, event, fields]);
  const failure = (event: string, _error: unknown, fields: Record<string, unknown> = {}) => void lines.push(['failure', event, fields]);
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error'), failure, always: note('always'), flush() {}, with: () => log };
  const state = await inRedis(url, log);
  opened.push(state);
  return { ...state, lines };
}

const works = (state: State) => state.values.set('t', 'k', 'x', 60_000).then(() => true, () => false);
const { StateFull, StateUnavailable } = await errorNames();

describe('Redis that fails', () => {
  test('S102 that is down at the start: the state is not ready, and comes up by itself', async () => {
    const redis = await startRedis();
    await redis.kill();
    const state = await open(redis.url);
    await expect(state.values.get('t', 'k')).rejects.toBeInstanceOf(StateUnavailable);
    await expect(state.ready?.()).rejects.toBeInstanceOf(StateUnavailable);
    await redis.restart();
    await until(() => works(state));
    expect(await state.ready?.()).toBe(true);
    expect(state.lines.filter(([, event]) => event === 'state.lost')).toHaveLength(1);
    expect(state.lines.filter(([, event]) => event === 'state.back')).toHaveLength(1);
  });

  test('S103 that dies and comes back empty: refused at once meanwhile, recovered without a restart', async () => {
    const redis = await startRedis();
    const state = await open(redis.url);
    expect(await works(state)).toBe(true);
    const heard: string[] = [];
    state.channel.subscribe('c', (text) => heard.push(text));
    await redis.kill();
    await until(async () => !(await works(state)));
    for (const attempt of [state.values.get('t', 'k'), state.values.claim('t', 'k', 'x', 1_000), state.values.replace('t', 'k', 'x', 'y', 1_000), state.values.delete('t', 'k'), state.log.append('t', 's', 'x', 1_000), state.log.read('t', 's', '0')]) {
      await expect(attempt).rejects.toBeInstanceOf(StateUnavailable);
    }
    // Refused means not done, not even later.
    await expect(state.values.set('t', 'refused', 'x', 60_000)).rejects.toBeInstanceOf(StateUnavailable);
    await redis.restart();
    await until(() => works(state));
    expect(await state.values.get('t', 'refused')).toBeUndefined();
    await until(async () => {
      state.channel.publish('c', 'still listening');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return heard.length > 0;
    });
  });

  test('S104 that is slow: every command fails at its deadline, and works once it is fast', async () => {
    const redis = await startRedis();
    const proxy = await startLatencyProxy(redis.port);
    const state = await open(proxy.url);
    expect(await works(state)).toBe(true);
    proxy.delay = 2_000;
    const begun = performance.now();
    const failed = await Promise.allSettled(Array.from({ length: 50 }, () => state.values.get('t', 'k')));
    // Far below the delay: they failed by their own deadline, not by an answer.
    expect(performance.now() - begun).toBeLessThan(1_900);
    for (const one of failed) expect(one).toMatchObject({ status: 'rejected', reason: expect.any(StateUnavailable) as Error });
    proxy.delay = 0;
    await until(() => works(state));
    await proxy.close();
  });

  test('S103 that swallows everything: refused, and recovered', async () => {
    const redis = await startRedis();
    const proxy = await startLatencyProxy(redis.port);
    const state = await open(proxy.url);
    proxy.blackHole = true;
    await expect(state.values.set('t', 'k', 'x', 1_000)).rejects.toBeInstanceOf(StateUnavailable);
    proxy.blackHole = false;
    await proxy.close();
    await expect(state.values.get('t', 'k')).rejects.toBeInstanceOf(StateUnavailable);
  });

  test('S103 that is lost while an instance is about to listen: it listens once Redis is back', async () => {
    const proxy = await startLatencyProxy((await startRedis()).port);
    const state = await open(proxy.url);
    const heard: string[] = [];
    const hear = (text: string) => void heard.push(text);
    const isHeard = (name: string) => async () => {
      state.channel.publish(name, name);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return heard.includes(name);
    };
    state.channel.subscribe('first', hear);
    await until(isHeard('first'));
    proxy.blackHole = true;
    const { trips } = proxy;
    state.channel.subscribe('second', hear);
    await until(() => proxy.trips > trips);
    proxy.cut();
    proxy.blackHole = false;
    await until(isHeard('second'));
    expect(await isHeard('first')()).toBe(true);
    await proxy.close();
  });

  test('S103 that has become a replica: READONLY makes it look for the primary again', async () => {
    const redis = await startRedis();
    const primary = await startRedis();
    const state = await open(redis.url);
    expect(await works(state)).toBe(true);
    await redis.command('REPLICAOF', '127.0.0.1', String(primary.port));
    await expect(state.values.set('t', 'k', 'x', 1_000)).rejects.toBeInstanceOf(StateUnavailable);
    expect(state.lines.some(([, event]) => event === 'state.read_only')).toBe(true);
    const connected = async () => Number(/connected_clients:(\d+)/.exec(await redis.command('INFO', 'clients'))?.[1]);
    expect(await connected()).toBeGreaterThan(0);
    await redis.command('REPLICAOF', 'NO', 'ONE');
    await until(() => works(state));
  });

  test('S105 that may evict is warned about at the start, and says so in readiness', async () => {
    const evicting = await open((await startRedis('--maxmemory', '10mb', '--maxmemory-policy', 'allkeys-lru')).url);
    await until(() => evicting.lines.some(([level, event, fields]) => level === 'warn' && event === 'state.evicts' && fields['policy'] === 'allkeys-lru'));
    expect(evicting.details?.()).toEqual({ redis_eviction: 'allkeys-lru', redis_memory: 'free' });
    const keeping = await open((await startRedis('--maxmemory-policy', 'noeviction')).url);
    await until(() => keeping.details?.()['redis_eviction'] === 'noeviction');
    expect(keeping.lines.some(([, event]) => event === 'state.evicts')).toBe(false);
  });

  test('costs a follower time, not entries: a lost wake-up, and a store that does not answer for a moment', async () => {
    const redis = await startRedis();
    const state = await open(redis.url);
    const follow = await loadFollow();
    const heard: string[] = [];
    const end = new AbortController();
    const done = (async () => {
      for await (const { text } of follow(state, 't', 's', '0', end.signal)) heard.push(text);
    })();
    // Nobody publishes that the stream has grown.
    const append = (text: string) => redis.command('XADD', 'mcp:http-redis:{t}:s', '*', 'text', text);
    await append('one');
    await until(() => heard.includes('one'));
    await redis.command('CLIENT', 'PAUSE', '1500', 'ALL');
    await expect(state.values.get('t', 'k')).rejects.toBeInstanceOf(StateUnavailable);
    await until(() => works(state));
    await append('two');
    await until(() => heard.includes('two'));
    expect(heard).toEqual(['one', 'two']);
    end.abort();
    await done;
  });

  test('that is full says so, and keeps what it has', async () => {
    const redis = await startRedis('--maxmemory', '3mb', '--maxmemory-policy', 'noeviction');
    const state = await open(redis.url);
    await state.values.set('t', 'first', 'kept', 60_000);
    const fill = async () => {
      for (let at = 0; at < 200; at++) await state.values.set('t', `k${at}`, 'x'.repeat(50_000), 60_000);
    };
    await expect(fill()).rejects.toBeInstanceOf(StateFull);
    expect(await state.values.get('t', 'first')).toBe('kept');
  });
});
