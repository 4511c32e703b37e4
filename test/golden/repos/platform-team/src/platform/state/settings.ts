import * as z from 'zod';
import { problem, type Rule } from '../config/environment.js';

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

/** On a developer's machine the process itself will do. */
export const stateRule: Rule<{ readonly NODE_ENV: string; readonly REDIS_URL?: string | undefined }> = ({ NODE_ENV, REDIS_URL }) =>
  NODE_ENV === 'production' && REDIS_URL === undefined
    ? [problem('REDIS_URL', 'is required in production: every instance keeps its state there.', 'REDIS_URL=rediss://redis.example.com:6379')]
    : [];
