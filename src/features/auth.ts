import type { Feature } from './feature.ts';

/** First is the default. */
export const authProviders = [
  {
    id: 'none',
    title: 'None',
    hint: 'whoever reaches it may call it; binds loopback only',
    templates: ['auth/none'],
    environment: [{ name: 'ALLOW_UNAUTHENTICATED', value: 'false', about: 'true is needed to bind off loopback: anyone who reaches the port may call every tool' }],
  },
] as const satisfies readonly Feature[];
