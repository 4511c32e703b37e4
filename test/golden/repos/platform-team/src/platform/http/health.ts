import type { ServicesShape } from '../define/context.js';
import { answerJson } from './answer.js';
import type { Phase, Router } from './router.js';

/** How long a dependency may take to say that it can be used, in milliseconds. */
const READY_TIMEOUT_MS = 2_000;

const HEADERS = { 'cache-control': 'no-store' } as const;

/** Probes come by IP, so they are answered before every Host, Origin and auth check. */
export function addHealth(app: Router, services: ServicesShape, phase: () => Phase): void {
  app.get('/healthz', () => answerJson({ status: 'ok' }, 200, HEADERS));
  app.get('/readyz', async () => {
    const checks = { accepting: phase() === 'serving', services: await isReady(services) };
    const ready = Object.values(checks).every(Boolean);
    return answerJson({ status: ready ? 'ready' : 'not ready', checks }, ready ? 200 : 503, HEADERS);
  });
}

async function isReady(services: ServicesShape): Promise<boolean> {
  if (!services.ready) return true;
  try {
    const late = new Promise<false>((resolve) => setTimeout(resolve, READY_TIMEOUT_MS, false));
    return await Promise.race([services.ready(), late]);
  } catch {
    return false;
  }
}
