// @ts-nocheck -- compiled inside a generated repo by wire/probe.ts
/** What has really happened in this process, by name. */
export const effects = new Map<string, number>();

export function happened(name: string): number {
  const times = (effects.get(name) ?? 0) + 1;
  effects.set(name, times);
  return times;
}

/** A text as drivers throw it: with everything that must not leave. */
export function dsn(): string {
  return `connect ECONNREFUSED postgres://admin:${process.env.CANARY}@db.internal.example:5432/notes`;
}

/** Waits; ends early with the signal's reason when there is one. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
