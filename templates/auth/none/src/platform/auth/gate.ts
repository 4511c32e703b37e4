import { ConfigError, problem } from '../config/environment.js';
import type { HttpConfig } from '../http/config.js';
import { isLoopback } from '../http/address.js';
import type { Log } from '../observe/log.js';
import { LOCAL_PRINCIPAL, type Principal } from '../principal.js';

/** Decides who is calling, or answers the request itself. */
export type Gate = (request: Request) => Promise<Principal | Response>;

/**
 * The gate of a server without authentication: everyone is tenant `local`.
 *
 * @throws {ConfigError} when such a server would be reachable from other machines by accident.
 */
export function createGate({ HOST, ALLOW_UNAUTHENTICATED }: HttpConfig, log: Log): Gate {
  if (!isLoopback(HOST)) {
    if (!ALLOW_UNAUTHENTICATED) {
      throw new ConfigError([
        problem(
          'ALLOW_UNAUTHENTICATED',
          `this server has no authentication and would accept calls from every machine that reaches it.`,
          'ALLOW_UNAUTHENTICATED=true   (only behind something that authenticates), or HOST=localhost',
        ),
      ]);
    }
    log.warn('auth.none', { warning: 'EVERYONE WHO REACHES THIS SERVER CAN CALL EVERY TOOL: it has no authentication.' });
  }
  return async () => LOCAL_PRINCIPAL;
}
