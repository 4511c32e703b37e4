import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { need } from '../serverless/workerd.ts';
import type { RunningWorkerd, Workerd } from '../serverless/workerd.ts';
import { scratch } from '../scratch.ts';
import { until } from '../wire/server.ts';
import { errorNames, inProcess, inRedis, loadFollow } from './adapters.ts';
import type { Entry, State } from './adapters.ts';
import { installWorkerd } from './objects.ts';
import { remoteState, startStateObject } from './remote.ts';
import type { RemoteState } from './remote.ts';
import { killRedis, startRedis } from './redis-server.ts';
import type { RedisServer } from './redis-server.ts';

let redis: RedisServer;
let object: RunningWorkerd | undefined;
const opened: State[] = [];
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  for (const state of opened) state.close?.();
  await killRedis();
  await object?.stop();
});

const LONG = 60_000;
const acts = ['get', 'set', 'claim', 'replace', 'remove', 'delete'] as const;

/** Two instances that share a state: the same one in a process, two connections to Redis, two isolates with one object. */
const adapters: readonly [name: string, open: () => Promise<[State, State] | Workerd>][] = [
  ['memory', async () => Array<State>(2).fill(await inProcess()) as [State, State]],
  ['redis', async () => {
    const two: [State, State] = [await inRedis(redis.url), await inRedis(redis.url)];
    opened.push(...two);
    return two;
  }],
  ['a durable object', async () => {
    const workerd = await installWorkerd();
    if ('missing' in workerd) return workerd;
    object ??= await startStateObject(workerd.executable);
    return object.ports.map(remoteState) as [RemoteState, RemoteState];
  }],
];

describe.each(adapters)('the state port, %s', (_adapter, open) => {
  let a: State;
  let b: State;
  let count = 0;
  const fresh = () => `${count++}`;
  let missing: Workerd | undefined;
  beforeAll(async () => {
    const two = await open();
    if (Array.isArray(two)) [a, b] = two;
    else missing = two;
  });
  beforeEach((context) => {
    if (missing) need(missing, context);
  });

  test('R114 keeps a value for its time, on every instance', async () => {
    const key = fresh();
    expect(await a.values.get('t', key)).toBeUndefined();
    await a.values.set('t', key, 'one', 150);
    expect(await b.values.get('t', key)).toBe('one');
    await b.values.set('t', key, 'two', 150);
    expect(await a.values.get('t', key)).toBe('two');
    await until(async () => (await a.values.get('t', key)) === undefined);
  });

  test('lets a value live on when it is asked for so', async () => {
    const key = fresh();
    await a.values.set('t', key, 'x', 300);
    expect(await b.values.get('t', key, LONG)).toBe('x');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await a.values.get('t', key)).toBe('x');
  });

  test('S065 gives a claim to one of many, and tells the others what was there', async () => {
    const key = fresh();
    const claims = await Promise.all(Array.from({ length: 20 }, (_, at) => [a, b][at % 2]?.values.claim('t', key, String(at), LONG)));
    expect(claims.filter((existing) => existing === undefined)).toHaveLength(1);
    expect(new Set(claims.filter((existing) => existing !== undefined))).toEqual(new Set([await a.values.get('t', key)]));
  });

  test('a claim ends with its time', async () => {
    const key = fresh();
    expect(await a.values.claim('t', key, 'x', 100)).toBeUndefined();
    await until(async () => (await b.values.claim('t', key, 'y', LONG)) === undefined);
    expect(await a.values.get('t', key)).toBe('y');
  });

  test('replaces and deletes only what it expects', async () => {
    const key = fresh();
    await a.values.set('t', key, 'x', LONG);
    expect(await b.values.replace('t', key, 'other', 'y', LONG)).toBe(false);
    expect(await b.values.replace('t', key, 'x', 'y', LONG)).toBe(true);
    expect(await a.values.replace('t', key, 'x', undefined, 0)).toBe(false);
    expect(await a.values.get('t', key)).toBe('y');
    expect(await a.values.replace('t', key, 'y', undefined, 0)).toBe(true);
    expect(await b.values.get('t', key)).toBeUndefined();
    expect(await b.values.replace('t', key, 'y', 'z', LONG)).toBe(false);
  });

  test('twenty replacements of the same value: one succeeds', async () => {
    const key = fresh();
    await a.values.set('t', key, 'x', LONG);
    const done = await Promise.all(Array.from({ length: 20 }, (_, at) => [a, b][at % 2]?.values.replace('t', key, 'x', `y${at}`, LONG)));
    expect(done.filter(Boolean)).toHaveLength(1);
  });

  test('deletes, also what is not there', async () => {
    const key = fresh();
    await a.values.set('t', key, 'x', LONG);
    await b.values.delete('t', key);
    await b.values.delete('t', key);
    expect(await a.values.get('t', key)).toBeUndefined();
  });

  test.each(['', ' ', '{', '}:x', 'a:b', '{t}', '__proto__', 'é\u0000\n', '*', 'x'.repeat(500)])('R127 tenant %j is nobody else', async (tenant) => {
    const key = fresh();
    await a.values.set(tenant, key, 'mine', LONG);
    for (const other of ['t', `${tenant}x`, encodeURIComponent(tenant)].filter((one) => one !== tenant)) expect(await b.values.get(other, key)).toBeUndefined();
    expect(await b.values.get(tenant, key)).toBe('mine');
  });

  test('R127 any interleaving of two tenants and two keys reads as if each were alone', async () => {
    const step = fc.record({ tenant: fc.constantFrom('t1', 't2'), key: fc.constantFrom('k1', 'k2'), value: fc.constantFrom('x', 'y', 'z'), other: fc.constantFrom('x', 'y'), act: fc.constantFrom(...acts), on: fc.constantFrom(0, 1) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const round = fresh();
        const model = new Map<string, string>();
        for (const { tenant, key, value, other, act, on } of steps) {
          const { values } = [a, b][on] ?? a;
          const at = `${round}-${key}`;
          const known = model.get(tenant + key);
          const done = {
            get: () => values.get(tenant, at),
            set: () => values.set(tenant, at, value, LONG),
            claim: () => values.claim(tenant, at, value, LONG),
            replace: () => values.replace(tenant, at, other, value, LONG),
            remove: () => values.replace(tenant, at, other, undefined, 0),
            delete: () => values.delete(tenant, at),
          };
          const wanted = { get: known, set: undefined, claim: known, replace: known === other, remove: known === other, delete: undefined };
          expect([act, await done[act]()]).toEqual([act, wanted[act]]);
          if (act === 'set' || (act === 'claim' && known === undefined) || (act === 'replace' && known === other)) model.set(tenant + key, value);
          if (act === 'delete' || (act === 'remove' && known === other)) model.delete(tenant + key);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('R075 streams are read again from any position, in order, on every instance', async () => {
    const stream = fresh();
    expect(await b.log.last('t', stream)).toBeUndefined();
    expect(await b.log.read('t', stream, '0')).toEqual([]);
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) ids.push(await a.log.append('t', stream, text, LONG));
    expect(new Set(ids).size).toBe(3);
    expect((await b.log.read('t', stream, '0')).map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    expect(await b.log.read('t', stream, ids[0] ?? '')).toEqual([{ id: ids[1], text: 'two' }, { id: ids[2], text: 'three' }]);
    expect(await b.log.last('t', stream)).toBe(ids[2]);
    expect(await b.log.read('other', stream, '0')).toEqual([]);
    expect(await b.log.read('t', `${stream}x`, '0')).toEqual([]);
  });

  test('streams end with their time, and keep about a thousand entries', async () => {
    const [short, long] = [fresh(), fresh()];
    await a.log.append('t', short, 'x', 150);
    await until(async () => (await b.log.last('t', short)) === undefined);
    for (let at = 0; at < 1_300; at += 25) await Promise.all(Array.from({ length: 25 }, (_, more) => a.log.append('t', long, `${at + more}`, LONG)));
    const kept = await b.log.read('t', long, '0');
    expect(kept.length).toBeGreaterThanOrEqual(1_000);
    expect(kept.length).toBeLessThanOrEqual(1_200);
    expect(kept.at(-1)?.text).toBe('1299');
  });

  test('R075 a stream that has ended and begins again is heard by who waits where it was', async () => {
    const stream = fresh();
    let before = '0';
    for (let at = 0; at < 5; at++) before = await a.log.append('t', stream, 'old', 150);
    await until(async () => (await b.log.last('t', stream)) === undefined);
    await a.log.append('t', stream, 'new', LONG);
    expect((await b.log.read('t', stream, before)).map(({ text }) => text)).toEqual(['new']);
  });

  test('a stream is followed from its position on, by several, each entry once', async () => {
    const follow = await loadFollow();
    const stream = fresh();
    const before = await a.log.append('t', stream, 'before', LONG);
    const end = new AbortController();
    const heard = [a, b].map(() => [] as Entry[]);
    const done = [a, b].map(async (state, at) => {
      for await (const entry of follow(state, 't', stream, before, end.signal)) heard[at]?.push(entry);
    });
    for (let at = 0; at < 50; at++) await [a, b][at % 2]?.log.append('t', stream, String(at), LONG);
    const all = Array.from({ length: 50 }, (_, at) => String(at));
    await until(() => heard.every((entries) => entries.length >= 50));
    expect(heard.map((entries) => entries.map(({ text }) => text))).toEqual([all, all]);
    end.abort();
    await Promise.all(done);
  });

  test('a message reaches everyone who listens, once each, and nobody else', async () => {
    const name = fresh();
    const heard: string[] = [];
    const stops = [a.channel.subscribe(name, (text) => heard.push(`a ${text}`)), b.channel.subscribe(name, (text) => heard.push(`b ${text}`)), b.channel.subscribe(`${name}x`, (text) => heard.push(`x ${text}`))];
    // Listening takes a moment to begin, where it goes over a network.
    await until(async () => {
      a.channel.publish(name, 'ready?');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return heard.includes('a ready?') && heard.includes('b ready?');
    });
    heard.length = 0;
    a.channel.publish(name, 'hello');
    await until(() => heard.length >= 2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard.filter((text) => text.endsWith('hello')).toSorted()).toEqual(['a hello', 'b hello']);
    expect(heard.some((text) => text.startsWith('x'))).toBe(false);
    for (const stop of stops) stop();
    heard.length = 0;
    b.channel.publish(name, 'anyone?');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toEqual([]);
  });
});

describe('R114 state in memory is bounded', () => {
  test('S067 R124 a tenant that fills its part is refused, loses nothing, and takes nothing from another', async () => {
    const { StateFull } = await errorNames();
    const { values } = await inProcess();
    for (let at = 0; at < 36_000; at++) await values.set('greedy', `k${at}`, 'x', LONG);
    await expect(values.set('greedy', 'one too many', 'x', LONG)).rejects.toBeInstanceOf(StateFull);
    await expect(values.claim('greedy', 'one too many', 'x', LONG)).rejects.toBeInstanceOf(StateFull);
    await values.set('modest', 'k', 'x', LONG);
    await values.set('greedy', 'k0', 'changed', LONG);
    expect(await Promise.all(['k0', 'k35999'].map((key) => values.get('greedy', key)))).toEqual(['changed', 'x']);
    await values.delete('greedy', 'k1');
    await values.set('greedy', 'now it fits', 'x', LONG);
  });

  test('what does not fit leaves what was there', async () => {
    const { StateFull } = await errorNames();
    const { values } = await inProcess();
    await values.set('t', 'k', 'kept', LONG);
    for (const other of ['a', 'b', 'c', 'd']) await values.set(other, 'k', 'x'.repeat(16 * 1024 * 1024 - 100), LONG);
    await expect(values.set('t', 'k', 'x'.repeat(1_000_000), LONG)).rejects.toBeInstanceOf(StateFull);
    expect(await values.get('t', 'k')).toBe('kept');
  });

  test('what has expired makes room', async () => {
    const { values } = await inProcess();
    for (let at = 0; at < 36_000; at++) await values.set('t', `k${at}`, 'x', 50);
    await until(() => values.set('t', 'fits', 'x', LONG).then(() => true, () => false));
  });

  test('R124 streams: the oldest go, the newest stay', async () => {
    const { log } = await inProcess();
    const text = 'x'.repeat(1024 * 1024);
    for (let at = 0; at < 40; at++) await log.append('t', `s${at}`, text, LONG);
    expect(await log.last('t', 's0')).toBeUndefined();
    expect((await log.read('t', 's39', '0')).map((entry) => entry.text.length)).toEqual([text.length]);
  });
});

describe('state in a durable object is bounded', () => {
  let state: RemoteState;
  let missing: Workerd | undefined;
  beforeAll(async () => {
    const workerd = await installWorkerd();
    if ('missing' in workerd) missing = workerd;
    else object ??= await startStateObject(workerd.executable);
    if (object) state = remoteState(object.ports[0] ?? 0);
  });
  beforeEach(async (context) => {
    if (missing) need(missing, context);
    for (const table of ['entries', 'streams', 'events']) await state.run(`DELETE FROM ${table}`);
  });
  const large = 'x'.repeat(1_900_000);

  test('S067 R124 who fills it is refused, and loses nothing', async () => {
    for (let at = 0; at < 72; at++) await state.values.set('t', `k${at}`, large, LONG).catch(() => undefined);
    await expect(state.values.set('t', 'one too many', 'x', LONG)).rejects.toMatchObject({ name: 'StateFull' });
    await expect(state.values.claim('t', 'one too many', 'x', LONG)).rejects.toMatchObject({ name: 'StateFull' });
    expect((await state.values.get('t', 'k0'))?.length).toBe(large.length);
    await state.values.delete('t', 'k0');
    await state.values.delete('t', 'k1');
    await state.values.set('t', 'now it fits', 'x', LONG);
  });

  test('what has expired makes room, and is swept away', async () => {
    for (let at = 0; at < 72; at++) await state.values.set('t', `k${at}`, large, 3_000).catch(() => undefined);
    await until(() => state.values.set('t', 'fits', 'x', 1).then(() => true, () => false));
    await state.log.append('t', 's', 'x', 1);
    await until(async () => !(await state.sweep()));
    expect(await state.run('SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM streams) + (SELECT count(*) FROM events) AS n')).toEqual([{ n: 0 }]);
  });

  test('what the storage does not do fails as the port says', async () => {
    await expect(state.run('INSERT INTO entries VALUES (NULL)')).rejects.toMatchObject({ name: 'StateUnavailable' });
  });

  test('R124 streams: the oldest go, the newest stay', async () => {
    for (let at = 0; at < 40; at++) await state.log.append('t', `s${at}`, large, LONG + at);
    expect(await state.log.last('t', 's0')).toBeUndefined();
    expect(await state.log.read('t', 's0', '0')).toEqual([]);
    expect((await state.log.read('t', 's39', '0')).map(({ text }) => text.length)).toEqual([large.length]);
  });

  test('a bucket is as empty after a crash as before', async (context) => {
    const executable = need(await installWorkerd(), context);
    const bucket = { key: 'agent', size: 6, cost: 6 };
    const disk = scratch('crash');
    const before = await startStateObject(executable, disk);
    expect(await remoteState(before.ports[0] ?? 0).take('t', bucket)).toBe(0);
    await before.stop();
    const after = await startStateObject(executable, disk);
    const again = remoteState(after.ports[0] ?? 0);
    expect(await again.take('t', bucket)).toBeGreaterThan(0);
    expect(await again.take('other', bucket)).toBe(0);
    await after.stop();
  });
});
