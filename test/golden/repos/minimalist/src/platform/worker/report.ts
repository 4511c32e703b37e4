import { ConfigError } from '../config/environment.js';
import { refuse } from '../http/answer.js';

/** Says in the log why the server does not start; clients learn that it does not, and no more. */
export function reportOnce(error: unknown): Response {
  if (!(error instanceof ConfigError)) throw error;
  // oxlint-disable-next-line no-console -- there is no log without a configuration
  console.error(error.message);
  return refuse(503, 'The server is not configured.', 'Operator: the log of this Worker names what to set.', { 'retry-after': '60' });
}
