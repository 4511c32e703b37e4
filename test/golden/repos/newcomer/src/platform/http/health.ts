import type { Runtime } from '../runtime.js';
import { answerJson } from './answer.js';
import type { Phase, Router } from './router.js';

/** How long a dependency may take to say that it can be used, in milliseconds. */
const READY_TIMEOUT_MS = 2_000;

const HEADERS = { 'cache-control': 'no-store' } as const;

/** Probes come by IP, so they are answered before every Host, Origin and auth check. */
export function addHealth(app: Router, { services, state }: Runtime, phase: () => Phase, isFree: () => boolean): void {
  app.get('/healthz', () => answerJson({ status: 'ok' }, 200, HEADERS));
  app.get('/readyz', async () => {
    const [servicesReady, stateReady] = await Promise.all([isReady(services), isReady(state)]);
    const checks = { accepting: phase() === 'serving', event_loop: isFree(), services: servicesReady, state: stateReady };
    const ready = Object.values(checks).every(Boolean);
    const details = state.details?.();
    return answerJson({ status: ready ? 'ready' : 'not ready', checks, ...(details && { details }) }, ready ? 200 : 503, HEADERS);
  });
}

async function isReady(dependency: { ready?(): Promise<boolean> }): Promise<boolean> {
  if (!dependency.ready) return true;
  try {
    const late = new Promise<false>((resolve) => setTimeout(resolve, READY_TIMEOUT_MS, false));
    return await Promise.race([dependency.ready(), late]);
  } catch {
    return false;
  }
}
