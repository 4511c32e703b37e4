// @ts-nocheck -- compiled inside a generated repo by sessions/world.ts
import { appendFileSync } from 'node:fs';

/** Notes what has really happened, where every instance and the test can see it. */
export function happened(what) {
  appendFileSync(process.env.EFFECTS, `${what}\n`);
}

/** Waits; ends early with the signal's reason. */
export function wait(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
