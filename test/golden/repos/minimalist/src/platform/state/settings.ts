import * as z from 'zod';
import type { Rule } from '../config/environment.js';

/** Settings of what outlasts a request. */
export const stateSettings = {
  MCP_LEGACY: z
    .enum(['stateless', 'reject'])
    .default('stateless')
    .meta({ description: 'whether clients of the 2025 revisions are served', example: 'stateless' }),
};

/** State in this process needs nothing. */
export const stateRule: Rule<object> = () => [];
