import type { Channel } from './channel.js';
import { wakeOf } from './follow.js';
import type { Entry, EventLog } from './port.js';

interface Stream {
  entries: Entry[];
  /** The position of the last entry. */
  last: number;
  /** On the monotonic clock, in milliseconds. */
  expires: number;
}

const ENTRIES_PER_STREAM = 1_000;

/** Sum of all entries, in UTF-16 code units. */
const TOTAL_LENGTH = 32 * 1024 * 1024;

/** Streams of this process. When there is no room, the oldest stream goes: its readers lose the past, nothing else. */
export function createMemoryLog(channel: Channel): EventLog {
  // In the order in which they have last grown.
  const streams = new Map<string, Stream>();
  let totalLength = 0;

  const keyOf = (tenant: string, stream: string): string => JSON.stringify([tenant, stream]);
  const lengthOf = (entries: readonly Entry[]): number => entries.reduce((sum, { text }) => sum + text.length, 0);

  const drop = (key: string, stream: Stream): void => {
    streams.delete(key);
    totalLength -= lengthOf(stream.entries);
  };

  const find = (key: string): Stream | undefined => {
    const stream = streams.get(key);
    if (!stream || stream.expires > performance.now()) return stream;
    drop(key, stream);
    return undefined;
  };

  const makeRoom = (): void => {
    const now = performance.now();
    for (const [key, stream] of streams) {
      if (stream.expires > now && totalLength <= TOTAL_LENGTH) return;
      drop(key, stream);
    }
  };

  return {
    async append(tenant, name, text, ttlMs) {
      const key = keyOf(tenant, name);
      // A stream that begins again goes on after its former positions: somebody may still wait there.
      const stream = find(key) ?? { entries: [], last: Date.now() * 1_000, expires: 0 };
      const id = String(++stream.last);
      streams.delete(key);
      streams.set(key, stream);
      stream.expires = performance.now() + ttlMs;
      stream.entries.push({ id, text });
      totalLength += text.length - lengthOf(stream.entries.splice(0, stream.entries.length - ENTRIES_PER_STREAM));
      makeRoom();
      channel.publish(wakeOf(tenant, name), id);
      return id;
    },
    async read(tenant, name, after) {
      const entries = find(keyOf(tenant, name))?.entries ?? [];
      return entries.filter(({ id }) => Number(id) > Number(after));
    },
    async last(tenant, name) {
      const stream = find(keyOf(tenant, name));
      return stream && String(stream.last);
    },
  };
}
