import * as z from 'zod';

/** Settings of what outlasts a request. */
export const stateSettings = {
  MCP_LEGACY: z
    .enum(['sessions', 'stateless', 'reject'])
    .default('sessions')
    .meta({ description: 'how clients of the 2025 revisions are served', example: 'sessions' }),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' })
    .optional()
    .meta({ description: 'where state is kept, shared by all instances; rediss for TLS', example: 'rediss://redis.example.com:6379' }),
};
