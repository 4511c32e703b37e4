import type { HttpConfig } from '../http/config.js';
import type { Log } from '../observe/log.js';
import { type State, stateInProcess } from './state.js';

/** Sessions, and everything else that is remembered, for this process alone: run one instance. */
export async function openState(_config: HttpConfig, _log: Log): Promise<State> {
  return stateInProcess();
}
