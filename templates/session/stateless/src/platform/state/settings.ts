import * as z from 'zod';

/** Settings of what outlasts a request. */
export const stateSettings = {
  MCP_LEGACY: z
    .enum(['stateless', 'reject'])
    .default('stateless')
    .meta({ description: 'whether clients of the 2025 revisions are served', example: 'stateless' }),
};
