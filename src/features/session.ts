import type { EnvironmentVariable, Feature, SessionStore } from './feature.ts';

const legacy = (value: string, about: string): EnvironmentVariable => ({ name: 'MCP_LEGACY', value, about });

const sessions = legacy('sessions', 'sessions serves clients of the 2025 era with sessions, stateless without, reject turns them away');

/** What is kept for each caller when nothing outlasts the process. */
const lostWithProcess = 'ends with the process: a retry after a restart is a new call';

/** First is the default. */
export const sessionStores = [
  {
    id: 'stateless',
    title: 'Nowhere (stateless)',
    hint: 'every request stands alone, any instance answers; clients of the 2025 era get no sessions, tools keep nothing',
    reach: 'none',
    templates: ['session/none', 'session/per_request', 'session/stateless'],
    environment: [legacy('stateless', 'stateless serves clients of the 2025 era, reject turns them away')],
    keeps: `Nothing outlasts a request but idempotency keys, and what remembers them ${lostWithProcess}, and so is one on another instance.`,
  },
  {
    id: 'memory',
    title: 'Memory',
    hint: 'sessions and handles in one process: run one instance, a restart ends them',
    reach: 'process',
    templates: ['session/per_request', 'session/sessions', 'session/memory'],
    environment: [sessions],
    keeps: `Sessions, handles and idempotency keys are kept in memory. Run one instance; all of it ${lostWithProcess}, and clients of the 2025 era open a new session.`,
  },
  {
    id: 'redis',
    title: 'Redis',
    hint: 'sessions and handles in Redis or Valkey: any instance answers, a killed one loses nothing but its running calls',
    reach: 'shared',
    templates: ['session/per_request', 'session/sessions', 'session/redis'],
    dependencies: ['@redis/client'],
    environment: [
      { name: 'REDIS_URL', value: '', about: 'redis:// or rediss:// (TLS), Redis 7 or Valkey, the same for all instances; required in production, without it the process itself remembers' },
      sessions,
    ],
    keeps: 'Sessions, handles and idempotency keys are kept in Redis, so any instance answers any request and none of them is missed. Redis must not evict: `maxmemory-policy noeviction`.',
  },
] as const satisfies readonly SessionStore[];

/** Without a network there is one client, and nothing to keep for another. */
export const noSessions: Feature = { id: 'no-sessions', title: 'No sessions', hint: 'one process, one client', templates: ['session/none'] };
