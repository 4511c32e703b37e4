import type { HttpConfig } from '../http/config.js';
import type { Log } from '../observe/log.js';
import { type State, stateInProcess } from './state.js';

/** What is counted and remembered, for this process alone. */
export async function openState(_config: HttpConfig, _log: Log): Promise<State> {
  return stateInProcess();
}
