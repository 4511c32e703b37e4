import type { Channel } from './channel.js';
import { wakeOf } from './follow.js';
import type { Log } from '../observe/log.js';
import type { Redis } from './redis.js';
import type { KeyOf } from './redis_state.js';
import type { EventLog } from './port.js';

/** About how many entries a stream keeps. */
const ENTRIES_PER_STREAM = 1_000;

/** Milliseconds between two attempts to listen. */
const AGAIN_MS = 100;

const TRIM = { strategy: 'MAXLEN', strategyModifier: '~', threshold: ENTRIES_PER_STREAM } as const;

/** Streams in Redis, read by any instance. @param prefix - As in {@link createRedisChannel}. */
export function createRedisLog({ run }: Redis, keyOf: KeyOf, prefix: string): EventLog {
  return {
    append: (tenant, stream, text, ttlMs) => {
      const key = keyOf(tenant, stream);
      // Sent in one go: one round trip.
      return run(async (client) => {
        const [id] = await Promise.all([
          client.xAdd(key, '*', { text }, { TRIM }),
          client.pExpire(key, Math.ceil(ttlMs)),
          client.publish(`${prefix}:${wakeOf(tenant, stream)}`, ''),
        ]);
        return id;
      });
    },
    read: async (tenant, stream, after) => {
      const from = after === '0' ? '-' : `(${after}`;
      const found = await run((client) => client.xRange(keyOf(tenant, stream), from, '+'));
      return (found ?? []).map(({ id, message }) => ({ id, text: message['text'] ?? '' }));
    },
    last: async (tenant, stream) => {
      const found = await run((client) => client.xRevRange(keyOf(tenant, stream), '+', '-', { COUNT: 1 }));
      return found?.[0]?.id;
    },
  };
}

/** Messages through Redis. Its own come back to an instance through Redis as well, so that nobody hears one twice. */
export function createRedisChannel(redis: Redis, prefix: string, log: Log): Channel {
  const listeners = new Map<string, Set<(message: string) => void>>();
  let connection: ReturnType<Redis['listen']> | undefined;
  const hear = (message: string, name: string): void => {
    for (const listener of listeners.get(name) ?? []) listener(message);
  };
  const failed = (error: unknown): void => log.failure('state.message_lost', error);
  /** The client listens again after a lost connection, but not on what it was just about to listen to. */
  const listenOn = (name: string, subscriber: ReturnType<Redis['listen']>): void => {
    subscriber.subscribe(name, hear).catch((error: unknown) => {
      failed(error);
      if (subscriber.isOpen && listeners.has(name)) setTimeout(listenOn, AGAIN_MS, name, subscriber);
    });
  };
  return {
    publish(name, message) {
      redis.run((client) => client.publish(`${prefix}:${name}`, message)).catch(failed);
    },
    subscribe(short, listener) {
      connection ??= redis.listen();
      const subscriber = connection;
      const name = `${prefix}:${short}`;
      const set = listeners.get(name) ?? new Set();
      if (set.size === 0) listenOn(name, subscriber);
      listeners.set(name, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size > 0 || listeners.get(name) !== set) return;
        listeners.delete(name);
        // Nobody waits for what may still come; a connection that has ended has ended this as well.
        subscriber.unsubscribe(name, hear).catch(() => undefined);
      };
    },
  };
}
