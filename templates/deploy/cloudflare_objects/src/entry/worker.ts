import { DurableObject, env, waitUntil } from 'cloudflare:workers';
import { settings } from '../config.js';
import { authRule, authSettings } from '../platform/auth/settings.js';
import { type Environment, loadEnvironment, readVariable } from '../platform/config/environment.js';
import { type App, createApp } from '../platform/http/app.js';
import { deriveHttpConfig, limitsOf } from '../platform/http/config.js';
import { createLog, type Log } from '../platform/observe/log.js';
import { createRuntime, type Surroundings } from '../platform/runtime.js';
import { createLocalChannel } from '../platform/state/channel.js';
import { openDatabase, sweep } from '../platform/state/sqlite.js';
import { createSqliteLog } from '../platform/state/sqlite_log.js';
import { createSqliteState } from '../platform/state/sqlite_state.js';
import { stateInProcess } from '../platform/state/state.js';
import { countFailures } from '../platform/worker/failures.js';
import { createRelay, forRelay } from '../platform/worker/relay.js';
import { reportOnce } from '../platform/worker/report.js';

/** Milliseconds between two searches for what has expired. */
const SWEEP_MS = 10 * 60_000;

/** The whole server, for one tenant: all that is counted, remembered and told happens in one process, wherever its callers are. */
export class Tenant extends DurableObject<Environment> {
  readonly #database = openDatabase(this.ctx.storage.sql);
  #app: App | undefined;
  #isSwept = false;

  async fetch(request: Request): Promise<Response> {
    if (!this.#isSwept) await this.#sweepLater();
    this.#app ??= this.#start();
    return serve(this.#app, new Request(request));
  }

  async alarm(): Promise<void> {
    this.#isSwept = false;
    if (sweep(this.#database)) await this.#sweepLater();
  }

  #start(): App {
    const channel = createLocalChannel();
    const state = { values: createSqliteState(this.#database), channel, log: createSqliteLog(this.#database, channel) };
    return start(this.env, () => ({ state }));
  }

  async #sweepLater(): Promise<void> {
    this.#isSwept = true;
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + SWEEP_MS);
  }
}

let door: App | undefined;

/** Says who may come in; what they want is done in the object of their tenant. */
export default {
  /** Random values and timers only exist while a request is served, so the first one starts the server. */
  async fetch(request: Request, bindings: Environment): Promise<Response> {
    try {
      door ??= start(bindings, (log) => ({ state: stateInProcess(), relay: createRelay(env.TENANTS, log), countFailure: countFailures(env) }));
    } catch (error) {
      return reportOnce(error);
    }
    const answer = serve(door, forRelay(request));
    // Requests that come together share what the first one fetches, such as keys: it must not end with its client.
    waitUntil(answer);
    return answer;
  },
};

const serve = (app: App, request: Request): Promise<Response> => app.fetch(request, undefined, request.headers.get('cf-connecting-ip') ?? undefined);

function start(bindings: Environment, placeWith: (log: Log) => Pick<Surroundings, 'state' | 'relay' | 'countFailure'>): App {
  const environment = loadEnvironment(authSettings.extend(settings.shape), { NODE_ENV: 'production', ...bindings });
  // Whoever has the address of a Worker reaches it: the rules for servers on every interface apply.
  const config = deriveHttpConfig({ ...environment, HOST: '0.0.0.0' }, authRule);
  // oxlint-disable-next-line no-console -- the only way to a Worker's log
  const log = createLog(config.LOG_LEVEL, (line) => console.log(line));
  const variable = (name: string) => readVariable(name, bindings);
  return createApp(config, createRuntime(environment, { transport: 'http', log, variable, limits: limitsOf(config), tellsPeers: true, ...placeWith(log) }));
}
