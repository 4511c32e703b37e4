import type { App } from '../http/app.js';
import type { Log } from '../observe/log.js';

/** Milliseconds: how often to look, and how late a look may be. */
const LOOK = { everyMs: 500, lateMs: 1_000 } as const;

/** Notices when the process was too busy to do anything else: one slow handler then holds up everybody. */
export function watchEventLoop(app: App, log: Log): void {
  let due = performance.now() + LOOK.everyMs;
  setInterval(() => {
    const late = performance.now() - due;
    due = performance.now() + LOOK.everyMs;
    if (late <= LOOK.lateMs) return;
    app.noteBlocked();
    log.warn('event_loop.blocked', { blocked_ms: Math.round(late), hint: 'Something computes for too long without a pause; profile it: node --cpu-prof dist/node.js' });
  }, LOOK.everyMs).unref();
}
