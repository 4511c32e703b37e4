import type { Feature } from './feature.ts';

/** First is the default. */
export const authProviders = [
  {
    id: 'none',
    title: 'None',
    hint: 'anyone who reaches it may call it: loopback only, unless ALLOW_UNAUTHENTICATED=true',
    templates: ['auth/none'],
    environment: [{ name: 'ALLOW_UNAUTHENTICATED', value: 'false', about: 'true is needed to bind off loopback: anyone who reaches the port may call every tool' }],
  },
] as const satisfies readonly Feature[];
