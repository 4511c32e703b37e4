import '../platform/stdio/console.js';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { settings } from '../config.js';
import { loadEnvironment } from '../platform/config/environment.js';
import { exitOnCrash, survivePipeErrors } from '../platform/node/crash.js';
import { nodeHmac } from '../platform/node/hmac.js';
import { reportStartFailure } from '../platform/node/report.js';
import { readSecretFile } from '../platform/node/secret_file.js';
import { createLog } from '../platform/observe/log.js';
import { LOCAL_PRINCIPAL } from '../platform/principal.js';
import { createRuntime } from '../platform/runtime.js';
import { exitWithClient } from '../platform/stdio/exit.js';

try {
  const environment = loadEnvironment(settings, process.env, readSecretFile);
  const log = createLog(environment.LOG_LEVEL, (line) => process.stderr.write(`${line}\n`));
  survivePipeErrors(process.stderr);
  exitOnCrash(log);
  const runtime = createRuntime(environment, { transport: 'stdio', log, hmac: nodeHmac });
  const connection = serveStdio(runtime.factoryFor(() => LOCAL_PRINCIPAL), {
    onerror: (error) => log.warn('stdio.skipped', { error: error.name }),
  });
  exitWithClient(connection, runtime);
} catch (error) {
  reportStartFailure(error);
}
