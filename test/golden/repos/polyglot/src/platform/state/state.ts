import { type Channel, createLocalChannel } from './channel.js';
import { createMemoryState } from './memory.js';
import { createMemoryLog } from './memory_log.js';
import type { EventLog, StatePort } from './port.js';

/** Everything that outlasts a request. */
export interface State {
  readonly values: StatePort;
  readonly channel: Channel;
  /** What sessions resume from. */
  readonly log: EventLog;
  /** Whether the store can be used: a line of `/readyz`. Absent for a store that cannot fail. */
  ready?(): Promise<boolean>;
  /** What an operator should know about the store, for `/readyz`. */
  details?(): Readonly<Record<string, string>>;
  close?(): void;
}

/** State of this process: gone at exit, invisible to other instances. */
export function stateInProcess(): State {
  const channel = createLocalChannel();
  return { values: createMemoryState(), channel, log: createMemoryLog(channel) };
}
