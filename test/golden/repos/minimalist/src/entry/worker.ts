import { env, waitUntil } from 'cloudflare:workers';
import { settings } from '../config.js';
import { authRule, authSettings } from '../platform/auth/settings.js';
import { type Environment, loadEnvironment, readVariable } from '../platform/config/environment.js';
import { type App, createApp } from '../platform/http/app.js';
import { deriveHttpConfig, limitsOf } from '../platform/http/config.js';
import { createLog } from '../platform/observe/log.js';
import { createRuntime } from '../platform/runtime.js';
import { stateInProcess } from '../platform/state/state.js';
import { countFailures } from '../platform/worker/failures.js';
import { reportOnce } from '../platform/worker/report.js';

let app: App | undefined;

export default {
  /** Random values and timers only exist while a request is served, so the first one starts the server. */
  async fetch(request: Request, bindings: Environment): Promise<Response> {
    try {
      app ??= start(bindings);
    } catch (error) {
      return reportOnce(error);
    }
    // A copy: the headers of the original cannot be changed.
    const answer = app.fetch(new Request(request), undefined, request.headers.get('cf-connecting-ip') ?? undefined);
    // Requests that come together share what the first one fetches, such as keys: it must not end with its client.
    waitUntil(answer);
    return answer;
  },
};

function start(bindings: Environment): App {
  const environment = loadEnvironment(authSettings.extend(settings.shape), { NODE_ENV: 'production', ...bindings });
  // Whoever has the address of a Worker reaches it: the rules for servers on every interface apply.
  const config = deriveHttpConfig({ ...environment, HOST: '0.0.0.0' }, authRule);
  // oxlint-disable-next-line no-console -- the only way to a Worker's log
  const log = createLog(config.LOG_LEVEL, (line) => console.log(line));
  const variable = (name: string) => readVariable(name, bindings);
  const platform = { keepAlive: waitUntil, canSubscribe: false, tellsPeers: true, countFailure: countFailures(env) };
  const surroundings = { transport: 'http', log, state: stateInProcess(), variable, limits: limitsOf(config), ...platform } as const;
  return createApp(config, createRuntime(environment, surroundings));
}
