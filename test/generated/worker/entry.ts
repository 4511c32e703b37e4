// @ts-nocheck -- becomes src/entry/worker.ts of a generated repo (./workerd.ts)
import { settings } from '../config.js';
import { loadEnvironment } from '../platform/config/environment.js';
import { createApp } from '../platform/http/app.js';
import { deriveHttpConfig, httpSettings } from '../platform/http/config.js';
import { createLog } from '../platform/observe/log.js';
import { createRuntime } from '../platform/runtime.js';
import { stateInProcess } from '../platform/state/state.js';

let app;

export default {
  /** Bindings, random values and timers only exist while a request is served. */
  fetch(request, bindings) {
    app ??= start(bindings);
    return app.fetch(request);
  },
};

function start(bindings) {
  const environment = loadEnvironment(httpSettings.extend(settings.shape), bindings);
  const config = deriveHttpConfig(environment);
  const log = createLog(config.LOG_LEVEL, (line) => console.log(line));
  return createApp(config, createRuntime(environment, { transport: 'http', log, state: stateInProcess() }));
}
