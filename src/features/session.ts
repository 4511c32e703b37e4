import type { SessionStore } from './feature.ts';

/** First is the default. */
export const sessionStores = [
  {
    id: 'stateless',
    title: 'Nowhere (stateless)',
    hint: 'every request stands alone; 2025-era clients are served without sessions',
    reach: 'none',
    templates: ['session/stateless'],
  },
] as const satisfies readonly SessionStore[];
