#!/usr/bin/env node
// First: it compiles the schemas that are made after it, those of the SDK too. That costs 50 ms of the first call, and spares a tenth of the CPU time of every other.
import 'zod/compile';
import { settings } from '../config.js';
import { loadEnvironment, readVariable } from '../platform/config/environment.js';
import { sendsTelemetry } from '../platform/config/settings.js';
import { authRule, authSettings } from '../platform/auth/settings.js';
import { createApp } from '../platform/http/app.js';
import { deriveHttpConfig, limitsOf } from '../platform/http/config.js';
import { exitOnCrash } from '../platform/node/crash.js';
import { drainOnSignals } from '../platform/node/drain.js';
import { listen } from '../platform/node/listen.js';
import { nodeHmac } from '../platform/node/hmac.js';
import { openLog } from '../platform/node/log.js';
import { reportStartFailure } from '../platform/node/report.js';
import { watchEventLoop } from '../platform/node/watchdog.js';
import { readSecretFile } from '../platform/node/secret_file.js';
import { createRuntime } from '../platform/runtime.js';
import { openState } from '../platform/state/open.js';
import { stateRule } from '../platform/state/settings.js';
import { identity } from '../server.js';

try {
  const environment = loadEnvironment(authSettings.extend(settings.shape), process.env, readSecretFile);
  const config = deriveHttpConfig(environment, stateRule, authRule);
  const telemetry = sendsTelemetry(config) ? (await import('./telemetry.js')).openTelemetry(config, identity) : undefined;
  const log = openLog(config, process.stdout, telemetry);
  exitOnCrash(log);
  const state = await openState(config, log);
  const fetchPublic: typeof fetch = async (...request) => (await import('./public_fetch.js')).fetchPublic(...request);
  const variable = (name: string) => readVariable(name, process.env, readSecretFile);
  const surroundings = { transport: 'http', log, state, hmac: nodeHmac, telemetry, variable, fetchPublic, limits: limitsOf(config) } as const;
  const app = createApp(config, createRuntime(environment, surroundings));
  const servers = await listen(app, { host: config.HOST, port: config.PORT });
  watchEventLoop(app, log);
  drainOnSignals(app, servers, config, log);
  log.info('server.listening', { url: config.publicUrl.href });
} catch (error) {
  reportStartFailure(error);
}
