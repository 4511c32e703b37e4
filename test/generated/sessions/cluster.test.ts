import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../wire/server.ts';
import { startCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { killRedis, startRedis } from './redis-server.ts';
import type { RedisServer } from './redis-server.ts';
import { connect, kinds, person, sessionsRepo, watchEffects } from './world.ts';
import type { Kind, SessionClient } from './world.ts';

const effects = watchEffects();
let redis: RedisServer;
let cluster: Cluster;
beforeAll(async () => {
  redis = await startRedis();
  cluster = await startCluster(await sessionsRepo('http-redis'), redis, 3, effects.env);
});
afterAll(async () => {
  await cluster.close();
  await killRedis();
});

const output = (result: { readonly structuredContent?: unknown }) => result.structuredContent as Record<string, unknown>;

describe.each(kinds)('three instances in turn, %s', (kind) => {
  test('R106 answers from all of them, and goes on with one session', async () => {
    const one = await connect(kind, cluster.url);
    const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => one.call('who_answers', { word: `${at}` })));
    expect(answers.map((answer) => output(answer)['word'])).toEqual(Array.from({ length: 12 }, (_, at) => `${at}`));
    expect(new Set(answers.map((answer) => output(answer)['instance'])).size).toBe(3);
    await one.close();
  });

  test('R011 asks twice; each answer may arrive at another instance', async () => {
    const who = person();
    const one = await connect(kind, cluster.url, who);
    for (let at = 0; at < 6; at++) {
      const word = `${kind}-${at}`;
      expect(output(await one.call('ask_colour', { word }))).toEqual({ word, colour: `red of Which colour for ${word}?`, size: `Which size for ${word}?`.length });
    }
    expect(who.asked).toHaveLength(12);
    await one.close();
  });

  test('S089 a confirmed wipe, and its retries elsewhere: one effect, one question, never in progress', async () => {
    const who = person();
    const one = await connect(kind, cluster.url, who);
    const args = { name: `once-${kind}`, idempotency_key: randomUUID() };
    for (let at = 0; at < 5; at++) expect(output(await one.call('wipe_value', args))).toEqual({ name: args.name });
    expect(effects.times(`wiped ${args.name}`)).toBe(1);
    expect(who.asked).toEqual([`Wipe ${args.name}?`]);
    await one.close();
  });

  test('R134 twenty of the same write at once, on all instances: one effect', async () => {
    const one = await connect(kind, cluster.url);
    const args = { name: `storm-${kind}`, ms: 50, idempotency_key: randomUUID() };
    const results = await Promise.all(Array.from({ length: 20 }, () => one.call('spend_money', args)));
    expect(effects.times(`spent ${args.name}`)).toBe(1);
    await until(async () => !(await one.call('spend_money', args)).isError);
    expect(results.some((result) => !result.isError)).toBe(true);
    expect(effects.times(`spent ${args.name}`)).toBe(1);
    await one.close();
  });

  test('R039 progress arrives in order, and belongs to its call', async () => {
    const one = await connect(kind, cluster.url);
    const calls = Array.from({ length: 5 }, async (_, at) => {
      const seen: string[] = [];
      const word = `p${at}`;
      const result = await one.call('take_steps', { word, steps: 4, ms: 20 }, { onprogress: ({ progress, message }) => void seen.push(`${message} ${progress}`) });
      expect([output(result), seen]).toEqual([{ word, steps: 4 }, [1, 2, 3, 4].map((step) => `${word} ${step}`)]);
    });
    await Promise.all(calls);
    await one.close();
  });

  test('a cancelled call is cancelled where it runs', async () => {
    const one = await connect(kind, cluster.url);
    for (let at = 0; at < 4; at++) {
      const word = `cancel-${kind}-${at}`;
      const stop = new AbortController();
      const call = one.call('take_steps', { word, steps: 100, ms: 100 }, { signal: stop.signal, onprogress: () => undefined });
      await until(() => effects.times(`started ${word}`) === 1);
      stop.abort();
      await expect(call).rejects.toThrow(/abort/i);
      await until(() => effects.times(`cancelled ${word}`) === 1);
      expect(effects.times(`finished ${word}`)).toBe(0);
    }
    await one.close();
  });

  test('R107 P44 P45 a handle is good on every instance, can be changed and forgotten', async () => {
    const one = await connect(kind, cluster.url);
    const { handle } = output(await one.call('remember_word', { word: kind }));
    expect(handle).toMatch(/^[0-9a-f]{32}$/);
    for (let at = 0; at < 3; at++) expect(output(await one.call('recall_word', { handle, act: 'write' }))).toEqual({ word: kind + '!'.repeat(at) });
    expect(output(await one.call('recall_word', { handle, act: 'delete' }))).toEqual({ word: `${kind}!!!` });
    for (const gone of [handle, 'f'.repeat(32), 'guess', '']) expect(JSON.stringify(await one.call('recall_word', { handle: gone }))).toContain('This handle is unknown or has expired.');
    await one.close();
  });
});

describe('five hundred calls of everything, all at once, by three kinds of client', () => {
  test('R106 no error, no duplicate, no mix-up', { timeout: 120_000 }, async () => {
    const clients: SessionClient[] = [];
    for (let at = 0; at < 9; at++) clients.push(await connect(kinds[at % 3] as Kind, cluster.url));
    const seenProgress = new Map<string, number[]>();
    const acts: readonly ((client: SessionClient, word: string) => Promise<void>)[] = [
      async (client, word) => expect(output(await client.call('who_answers', { word }))['word']).toBe(word),
      async (client, word) => expect(output(await client.call('spend_money', { name: word, idempotency_key: randomUUID() }))).toEqual({ name: word }),
      async (client, word) => expect(output(await client.call('ask_colour', { word }))).toMatchObject({ word, colour: `red of Which colour for ${word}?` }),
      async (client, word) => {
        const seen: number[] = [];
        seenProgress.set(word, seen);
        expect(output(await client.call('take_steps', { word, steps: 3, ms: 5 }, { onprogress: ({ progress }) => void seen.push(progress) }))).toEqual({ word, steps: 3 });
      },
      async (client, word) => {
        const { handle } = output(await client.call('remember_word', { word }));
        expect(output(await client.call('recall_word', { handle }))).toEqual({ word });
      },
    ];
    const total = 500;
    let next = 0;
    const worker = async (client: SessionClient) => {
      while (next < total) {
        const at = next++;
        await acts[at % acts.length]?.(client, `mixed-${at}`);
      }
    };
    await Promise.all(clients.flatMap((client) => [worker(client), worker(client)]));
    for (let at = 1; at < total; at += acts.length) expect([`mixed-${at}`, effects.times(`spent mixed-${at}`)]).toEqual([`mixed-${at}`, 1]);
    for (const [word, seen] of seenProgress) expect([word, seen]).toEqual([word, [1, 2, 3]]);
    await Promise.all(clients.map((client) => client.close()));
  });
});
