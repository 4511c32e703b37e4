import { type Channel, createLocalChannel } from './channel.js';
import { createMemoryState } from './memory.js';
import type { EventLog, StatePort } from './port.js';

/** Everything that outlasts a request. */
export interface State {
  readonly values: StatePort;
  readonly channel: Channel;
  /** Only sessions resume. */
  readonly log?: EventLog;
  ready?(): Promise<boolean>;
  details?(): Readonly<Record<string, string>>;
  close?(): void;
}

/** State of this process: gone at exit, invisible to other instances. */
export function stateInProcess(): State {
  return { values: createMemoryState(), channel: createLocalChannel() };
}
