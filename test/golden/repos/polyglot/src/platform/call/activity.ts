/** Knows whether calls are running, so that a shutdown can wait for them. */
export interface Activity {
  /** Counts `work` as running until it settles. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves as soon as nothing is running. */
  idle(): Promise<void>;
}

export function createActivity(): Activity {
  let running = 0;
  let waiting: (() => void)[] = [];
  return {
    async during(work) {
      running++;
      try {
        return await work();
      } finally {
        if (--running === 0) {
          for (const resolve of waiting) resolve();
          waiting = [];
        }
      }
    },
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
