import { ConfigError, problem } from '../config/environment.js';
import { isLoopback } from '../http/address.js';
import type { Gate } from '../http/admission.js';
import { LOCAL_PRINCIPAL } from '../principal.js';
import type { Runtime } from '../runtime.js';
import type { AuthSettings } from './settings.js';

/**
 * The gate of a server without authentication: everyone is tenant `local`.
 *
 * @throws {ConfigError} when such a server would be reachable from other machines by accident.
 */
export function createGate({ HOST, ALLOW_UNAUTHENTICATED }: AuthSettings, { log }: Runtime): Gate {
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
  return {
    scheme: 'none',
    addRoutes: () => undefined,
    admit: async () => ({ principal: LOCAL_PRINCIPAL }),
    authorize: () => undefined,
    bound: (_admission, _request, response) => response,
  };
}
