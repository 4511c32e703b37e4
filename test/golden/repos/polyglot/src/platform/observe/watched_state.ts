import type { StatePort } from '../state/port.js';
import type { Telemetry } from './telemetry.js';

/** The same store, measured. */
export function watchState(store: StatePort, telemetry: Telemetry | undefined): StatePort {
  if (!telemetry) return store;
  const watch = <A extends unknown[], T>(operation: string, work: (...args: A) => Promise<T>) => (...args: A): Promise<T> =>
    telemetry.measureState(operation, () => work(...args));
  return {
    get: watch('get', store.get),
    set: watch('set', store.set),
    claim: watch('claim', store.claim),
    replace: watch('replace', store.replace),
    delete: watch('delete', store.delete),
    take: watch('take', store.take),
  };
}
