import type { EnvironmentVariable, Feature, Operations, SessionStore } from './feature.ts';

const legacy = (value: string, about: string): EnvironmentVariable => ({ name: 'MCP_LEGACY', value, about });

const sessions = legacy('sessions', 'sessions serves clients of the 2025 era with sessions, stateless without, reject turns them away');

const noRoom = { sign: 'There is no room for another session.', means: 'the store is full', first: 'give it more memory; sessions that nobody uses end after an hour' } as const;

const redisOperations: Operations = {
  readiness: [{ sign: '`state`', means: 'Redis does not answer within 100 ms, or does not take writes (it may have become a replica)', first: '`redis-cli -u "$REDIS_URL" ping`, then `info replication`; with Compose, where nobody else reaches it, `docker compose exec redis redis-cli ping`' }],
  refusals: [
    { sign: 'Sessions cannot be reached at the moment.', means: 'as `state` above; clients of the 2026 era are still served, their writes are refused as `transient`', first: '`redis-cli -u "$REDIS_URL" --latency`' },
    noRoom,
  ],
  events: [
    { sign: '`state.lost`, `state.back`', means: 'the connection to Redis has broken; it comes back by itself', first: '`redis-cli -u "$REDIS_URL" ping`' },
    { sign: '`state.read_only`', means: 'Redis answers READONLY: the primary has moved, and the server is looking for it', first: '`redis-cli -u "$REDIS_URL" info replication`; `REDIS_URL` must name what follows the primary' },
    { sign: '`state.evicts`', means: 'Redis may throw keys away when it is full, and a write could then happen twice', first: '`redis-cli -u "$REDIS_URL" config set maxmemory-policy noeviction`, and in its configuration' },
    { sign: '`state.full`', means: 'Redis is out of memory: new sessions and writes with a new key are refused, everything else goes on; `redis_memory` of `/readyz` says until when', first: '`redis-cli -u "$REDIS_URL" info memory`, then more `maxmemory`' },
    { sign: '`state.in_process`', means: '`REDIS_URL` is not set: this process remembers for itself', first: 'set `REDIS_URL`' },
    { sign: '`limits.in_process`', means: 'Redis does not count calls, so every instance counts for itself: callers may get as many times more as there are instances', first: '`state` above' },
    { sign: '`idempotency.not_kept`, `idempotency.not_released`', means: 'the outcome of a write could not be remembered: a retry with its key is refused', first: '`state` above' },
    { sign: '`change.lost`, `state.message_lost`', means: 'streams of changes have missed something; clients list again when what they have listed expires', first: 'the state store' },
  ],
};

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
    lost: {
      killed: 'its running calls, and what it remembers of idempotency keys: a retry elsewhere is a new call',
      store: 'there is none',
      legacy: 'are served without sessions: no stream of changes, no resumption, and a tool cannot ask their user, so a destructive one hands out a `confirm_token` instead',
    },
    keeps: `Nothing outlasts a request but idempotency keys, and what remembers them ${lostWithProcess}, and so is one on another instance.`,
  },
  {
    id: 'memory',
    title: 'Memory',
    hint: 'sessions and handles in one process: run one instance, a restart ends them',
    reach: 'process',
    templates: ['session/per_request', 'session/sessions', 'session/memory'],
    environment: [sessions],
    lost: {
      killed: 'everything: sessions end (clients get 404 and open new ones), handles are unknown, a retry is a new call',
      store: 'it is the process itself',
      legacy: 'have sessions: streams of changes, resumption after a lost connection, and questions to their user',
    },
    operations: { refusals: [noRoom] },
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
    lost: {
      killed: 'the calls it was running, nothing else; a write that was cut off is refused with its key until somebody has looked',
      store: 'meanwhile sessions answer 503, writes are refused as `transient`, everything else goes on; a store that comes back empty has ended all sessions (404, clients open new ones) and forgotten handles and keys',
      legacy: 'have sessions on any instance: streams of changes, resumption after a lost connection, and questions to their user',
    },
    operations: redisOperations,
    keeps: 'Sessions, handles and idempotency keys are kept in Redis, so any instance answers any request and none of them is missed. Redis must not evict: `maxmemory-policy noeviction`.',
  },
] as const satisfies readonly SessionStore[];

/** Without a network there is one client, and nothing to keep for another. */
export const noSessions: Feature = { id: 'no-sessions', title: 'No sessions', hint: 'one process, one client', templates: ['session/none'] };
