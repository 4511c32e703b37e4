import type { Feature } from './feature.ts';

/** First is the default. */
export const authProviders = [
  {
    id: 'none',
    title: 'None',
    hint: 'whoever reaches it may call it; binds loopback only',
    templates: ['auth/none'],
    operations: { events: [{ sign: '`auth.none`', means: 'the server is reachable from other machines and lets everybody in', first: 'make sure that what stands in front of it authenticates; otherwise `HOST=localhost`' }] },
    environment: [{ name: 'ALLOW_UNAUTHENTICATED', value: 'false', about: 'true is needed to bind off loopback: anyone who reaches the port may call every tool' }],
  },
] as const satisfies readonly Feature[];
