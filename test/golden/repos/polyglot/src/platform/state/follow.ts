import type { Channel } from './channel.js';
import type { Entry, EventLog } from './port.js';

/** What is published when a stream has grown. */
export const wakeOf = (tenant: string, stream: string): string => `wake:${encodeURIComponent(tenant)}:${stream}`;

/** Milliseconds between two looks at a stream whose wake-up may have been lost. */
const POLL_MS = 500;

/** Follows a stream from a position on, until the signal aborts. */
export async function* follow(
  { log, channel }: { readonly log: EventLog; readonly channel: Channel },
  tenant: string,
  stream: string,
  after: string,
  signal: AbortSignal,
): AsyncGenerator<Entry, void, undefined> {
  let position = after;
  let wake = (): void => undefined;
  const onWake = (): void => wake();
  const unsubscribe = channel.subscribe(wakeOf(tenant, stream), onWake);
  signal.addEventListener('abort', onWake);
  try {
    while (!signal.aborted) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      // Made before reading, so that nothing slips in between.
      const woken = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, POLL_MS);
        wake = resolve;
      });
      try {
        // A store that fails for a moment costs time, not entries.
        for (const entry of await log.read(tenant, stream, position).catch(() => [])) {
          position = entry.id;
          yield entry;
        }
        if (!signal.aborted) await woken;
      } finally {
        clearTimeout(timer);
      }
    }
  } finally {
    signal.removeEventListener('abort', onWake);
    unsubscribe();
  }
}
