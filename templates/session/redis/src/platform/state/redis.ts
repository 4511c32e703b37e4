import { createClient } from '@redis/client';
import type { Log } from '../observe/log.js';
import { StateFull, StateUnavailable } from './port.js';

/** Milliseconds for an answer. A store that is slower than this would make every call slow. */
const COMMAND_MS = 100;

/** Milliseconds between two attempts to connect, at most; random, so that instances do not come back all at once. */
const MAX_RECONNECT_MS = 2_000;

/** Commands that wait for an answer at most; more than this is an outage. */
const MAX_QUEUED = 2_000;

/** Milliseconds between two lines of the log about a store that is full. */
const FULL_MS = 60_000;

/** How often a deadline starts anew for a process that was busy. */
const MAX_BUSY = 10;

type Client = ReturnType<typeof open>;

/** A connection that answers in time or fails; it comes back by itself. */
export interface Redis {
  /** @throws {StateUnavailable} or {@link StateFull} */
  run<T>(command: (client: Client) => Promise<T>): Promise<T>;
  /** A connection of its own, for messages: one that listens can do nothing else. */
  listen(): Client;
  close(): void;
}

/**
 * Connects, so that the first call finds it connected; but does not wait for a
 * store that is down: the server then starts, and is not ready until the store is.
 */
export async function connectRedis(url: string, log: Log): Promise<Redis> {
  const first = open(url, log);
  let client = first;
  let renewedAt = -Infinity;
  let fullAt = -Infinity;
  const listeners: Client[] = [];
  const down = new Promise((resolve) => first.once('error', resolve));
  await Promise.race([client.connect().catch(() => undefined), down]);

  /** After a failover the old primary answers READONLY for as long as one stays connected to it. */
  const renew = (): void => {
    const now = performance.now();
    if (now - renewedAt < 1_000) return;
    renewedAt = now;
    log.warn('state.read_only', { hint: 'Reconnecting: the primary has probably moved.' });
    client.destroy();
    client = open(url, log);
    client.connect().catch(() => undefined);
  };

  const noteFull = (): void => {
    const now = performance.now();
    if (now - fullAt < FULL_MS) return;
    fullAt = now;
    log.warn('state.full', { hint: FULL });
  };

  return {
    async run(command) {
      const deadline = startDeadline();
      try {
        return await Promise.race([command(client), deadline.passed]);
      } catch (error) {
        const text = error instanceof Error ? error.message : '';
        if (text.startsWith('READONLY')) renew();
        if (text.startsWith('OOM')) {
          noteFull();
          throw new StateFull('Redis is out of memory.');
        }
        throw error instanceof StateUnavailable ? error : new StateUnavailable('Redis has failed.', { cause: error });
      } finally {
        deadline.stop();
      }
    },
    listen() {
      // Queues what it is told while it is not connected, because a subscription must not get lost.
      const listener = open(url, log, false);
      listener.connect().catch(() => undefined);
      listeners.push(listener);
      return listener;
    },
    close() {
      for (const one of [client, ...listeners]) one.destroy();
    },
  };
}

const FULL = 'Redis is out of memory: new sessions and writes with a new idempotency_key are refused, reads go on. Give it more: maxmemory';

/** Passes when Redis has not answered in time. Time in which this process itself was too busy to hear an answer does not count. */
function startDeadline() {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const passed = new Promise<never>((_, reject) => {
    const wait = (again: number): void => {
      const due = performance.now() + COMMAND_MS;
      timer = setTimeout(() => {
        if (again > 0 && performance.now() - due > COMMAND_MS / 4) wait(again - 1);
        // Only once everything that has arrived meanwhile has been read.
        else setTimeout(() => reject(new StateUnavailable(`No answer within ${COMMAND_MS} ms.`)), 0);
      }, COMMAND_MS);
    };
    wait(MAX_BUSY);
  });
  return { passed, stop: () => clearTimeout(timer) };
}

function open(url: string, log: Log, disableOfflineQueue = true) {
  let isLost = false;
  return createClient({
    url,
    disableOfflineQueue,
    commandsQueueMaxLength: MAX_QUEUED,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: MAX_RECONNECT_MS,
      reconnectStrategy: (retries) => Math.random() * Math.min(50 * 2 ** retries, MAX_RECONNECT_MS),
    },
  })
    .on('error', (error: unknown) => {
      // Once per outage, not once per attempt.
      if (!isLost) log.failure('state.lost', error, { hint: 'Is Redis up, and does REDIS_URL point to it?' });
      isLost = true;
    })
    .on('ready', () => {
      if (isLost) log.info('state.back');
      isLost = false;
    });
}
