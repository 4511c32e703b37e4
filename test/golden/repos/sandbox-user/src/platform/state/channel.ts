/** Tells whoever listens right now, on any instance; nothing is kept. */
export interface Channel {
  publish(name: string, message: string): void;
  /** @returns what ends it. */
  subscribe(name: string, listener: (message: string) => void): () => void;
}

/** A channel within this process. */
export function createLocalChannel(): Channel {
  const listeners = new Map<string, Set<(message: string) => void>>();
  return {
    publish(name, message) {
      for (const listener of listeners.get(name) ?? []) listener(message);
    },
    subscribe(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0 && listeners.get(name) === set) listeners.delete(name);
      };
    },
  };
}
