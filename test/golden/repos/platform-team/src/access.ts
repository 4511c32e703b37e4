import type { Scope } from './mcp.js';
import type { AccessRules } from './platform/auth/access.js';

/** What callers may do; yours to change. Tools, resources and prompts add scopes of their own. */
export const access: AccessRules<Scope> = {
  /** Needed for every request, and what clients ask for at first. Keep it small: a tool that needs more makes them ask again. */
  baseScopes: ['notes:read'],

  /** Scopes that include others. */
  implied: { 'notes:write': ['notes:read'] },

  /**
   * The most this caller may do, whatever a person has delegated to the agent:
   * a call may do what both allow. Map the roles and groups of your provider
   * to scopes here.
   *
   * @example
   * ```ts
   * permitted: ({ roles }) => (roles.includes('editor') ? 'all' : ['notes:read']),
   * ```
   */
  permitted: () => 'all',
};
