import * as z from 'zod';

/** Settings of what outlasts a request. */
export const stateSettings = {
  MCP_LEGACY: z
    .enum(['sessions', 'stateless', 'reject'])
    .default('sessions')
    .meta({ description: 'how clients of the 2025 revisions are served', example: 'sessions' }),
};
