import * as z from 'zod';
import type { Rule } from '../config/environment.js';

/** Settings of what outlasts a request. */
export const stateSettings = {
  MCP_LEGACY: z
    .enum(['sessions', 'stateless', 'reject'])
    .default('sessions')
    .meta({ description: 'how clients of the 2025 revisions are served', example: 'sessions' }),
};

/** State in this process needs nothing. */
export const stateRule: Rule<object> = () => [];
