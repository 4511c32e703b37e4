/** Knows whether calls are running, so that a shutdown can wait for them, and for whom. */
export interface Activity {
  /** Counts `work` as running until it settles. @param tenant - Whose call it is. */
  during<T>(work: () => Promise<T>, tenant?: string): Promise<T>;
  /** How many calls of a tenant are running, or have a place to run. */
  runningFor(tenant: string): number;
  /** Keeps places for calls that have been let in and do not run yet: others may ask in between. */
  reserve(tenant: string, calls: number): Places;
  /** Resolves as soon as nothing is running. */
  idle(): Promise<void>;
  /** Lets `work` go on after its answer, where the platform would stop it. */
  keepAlive(work: Promise<unknown>): void;
}

/** Places for calls, until they are taken or given back. */
export interface Places {
  /** One of the calls runs now, and is counted as such. */
  take(): void;
  /** Gives back what nobody has taken. */
  free(): void;
}

/** Tells a platform that stops or freezes a process after each answer what it has to wait for. The work never fails. */
export type KeepAlive = (work: Promise<unknown>) => void;

export function createActivity(keepAlive?: KeepAlive): Activity {
  let running = 0;
  const byTenant = new Map<string, number>();
  let waiting: (() => void)[] = [];
  const count = (tenant: string, change: number): void => {
    const calls = (byTenant.get(tenant) ?? 0) + change;
    if (calls > 0) byTenant.set(tenant, calls);
    else byTenant.delete(tenant);
  };
  return {
    async during(work, tenant) {
      running++;
      if (tenant !== undefined) count(tenant, 1);
      try {
        return await work();
      } finally {
        if (tenant !== undefined) count(tenant, -1);
        if (--running === 0) {
          for (const resolve of waiting) resolve();
          waiting = [];
        }
      }
    },
    runningFor: (tenant) => byTenant.get(tenant) ?? 0,
    reserve(tenant, calls) {
      let left = calls;
      const giveBack = (places: number): void => {
        left -= places;
        count(tenant, -places);
      };
      count(tenant, calls);
      return { take: () => giveBack(Math.min(1, left)), free: () => giveBack(left) };
    },
    keepAlive: (work) => keepAlive?.(work.catch(() => undefined)),
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
