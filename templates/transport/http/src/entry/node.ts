import { settings } from '../config.js';
import { loadEnvironment } from '../platform/config/environment.js';
import { createApp } from '../platform/http/app.js';
import { deriveHttpConfig, httpSettings } from '../platform/http/config.js';
import { exitOnCrash, survivePipeErrors } from '../platform/node/crash.js';
import { drainOnSignals } from '../platform/node/drain.js';
import { listen } from '../platform/node/listen.js';
import { nodeHmac } from '../platform/node/hmac.js';
import { reportStartFailure } from '../platform/node/report.js';
import { readSecretFile } from '../platform/node/secret_file.js';
import { createLog } from '../platform/observe/log.js';
import { createRuntime } from '../platform/runtime.js';

try {
  const environment = loadEnvironment(httpSettings.extend(settings.shape), process.env, readSecretFile);
  const config = deriveHttpConfig(environment);
  const log = createLog(config.LOG_LEVEL, (line) => process.stdout.write(`${line}\n`));
  survivePipeErrors(process.stdout);
  exitOnCrash(log);
  const app = createApp(config, createRuntime(environment, { transport: 'http', log, hmac: nodeHmac }));
  const servers = await listen(app, { host: config.HOST, port: config.PORT });
  drainOnSignals(app, servers, config, log);
  log.info('server.listening', { url: config.publicUrl.href });
} catch (error) {
  reportStartFailure(error);
}
