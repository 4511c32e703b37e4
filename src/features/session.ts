import type { SessionStore } from './feature.ts';

/** First is the default. */
export const sessionStores = [
  {
    id: 'stateless',
    title: 'Nowhere (stateless)',
    hint: 'every request stands alone, any instance answers',
    reach: 'none',
    templates: ['session/stateless'],
  },
] as const satisfies readonly SessionStore[];
