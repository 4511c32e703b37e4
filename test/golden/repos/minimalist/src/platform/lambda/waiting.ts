/** Milliseconds before the end of an invocation at which nothing is waited for any more. */
const MARGIN_MS = 500;

/** Work that outlives its answer, for a platform that freezes the process between two requests. */
export interface WaitingList {
  add(work: Promise<unknown>): void;
  /** Resolves when all of it is done, or shortly before `remainingMs` are over. */
  done(remainingMs: number): Promise<void>;
}

/** @param flush - Runs when all of the work is done. */
export function createWaitingList(flush?: () => Promise<void>): WaitingList {
  const pending = new Set<Promise<unknown>>();
  return {
    add(work) {
      pending.add(work);
      void work.finally(() => pending.delete(work));
    },
    async done(remainingMs) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, Math.max(0, remainingMs - MARGIN_MS));
      });
      while (pending.size > 0) if ((await Promise.race([Promise.all(pending), late])) === undefined) break;
      await Promise.race([flush?.(), late]);
      clearTimeout(timer);
    },
  };
}
