import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import type { Log } from '../observe/log.js';
import type { State } from '../state/state.js';

/** Changes of lists and resources, by tenant: nobody hears of another tenant's, on whichever instance they happen. */
export type Changes = (tenant: string) => ServerEventBus;

/** Milliseconds that a change is kept for streams that come back. */
const KEPT_MS = 10 * 60_000;

const KINDS: readonly unknown[] = ['tools_list_changed', 'prompts_list_changed', 'resources_list_changed', 'resource_updated'];

/** The stream in which a tenant's changes are kept. */
export const CHANGES = 'changes';

export function createChanges({ channel, log: kept }: State, log: Log): Changes {
  return (tenant) => {
    const name = `${CHANGES}:${encodeURIComponent(tenant)}`;
    return {
      publish(event) {
        const text = JSON.stringify(event);
        channel.publish(name, text);
        kept?.append(tenant, CHANGES, text, KEPT_MS).catch((error: unknown) => log.failure('change.lost', error));
      },
      subscribe: (listener) =>
        channel.subscribe(name, (text) => {
          const event = readChange(text);
          if (event) listener(event);
        }),
    };
  };
}

/** A change as it was published; undefined for anything else that somebody may have put there. */
export function readChange(text: string): ServerEvent | undefined {
  try {
    const event = JSON.parse(text) as ServerEvent;
    const isChange = KINDS.includes(event.kind) && (event.kind !== 'resource_updated' || typeof event.uri === 'string');
    return isChange ? event : undefined;
  } catch {
    return undefined;
  }
}
