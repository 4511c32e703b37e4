import { ConfigError } from '../config/environment.js';
import { isLoopback } from '../http/address.js';
import type { Gate } from '../http/admission.js';
import { LOCAL_PRINCIPAL } from '../principal.js';
import type { Runtime } from '../runtime.js';
import { type AuthSettings, authRule } from './settings.js';

/**
 * The gate of a server without authentication: everyone is tenant `local`.
 *
 * @throws {ConfigError} when such a server would be reachable from other machines by accident.
 */
export function createGate(config: AuthSettings, { log }: Runtime): Gate {
  const problems = authRule(config);
  if (problems.length > 0) throw new ConfigError(problems);
  if (!isLoopback(config.HOST)) {
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
