#!/usr/bin/env node
import '../platform/stdio/console.js';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { settings } from '../config.js';
import { loadEnvironment } from '../platform/config/environment.js';
import { exitOnCrash } from '../platform/node/crash.js';
import { nodeHmac } from '../platform/node/hmac.js';
import { lineWriter } from '../platform/node/lines.js';
import { reportStartFailure } from '../platform/node/report.js';
import { readSecretFile } from '../platform/node/secret_file.js';
import { createLog } from '../platform/observe/log.js';
import { LOCAL_PRINCIPAL } from '../platform/principal.js';
import { createRuntime } from '../platform/runtime.js';
import { stateInProcess } from '../platform/state/state.js';
import { exitWithClient, openStdin } from '../platform/stdio/exit.js';

try {
  const environment = loadEnvironment(settings, process.env, readSecretFile);
  const log = createLog(environment.LOG_LEVEL, lineWriter(process.stderr));
  exitOnCrash(log);
  const state = stateInProcess();
  const runtime = createRuntime(environment, { transport: 'stdio', log, state, hmac: nodeHmac });
  const connection = serveStdio(runtime.factoryFor(() => LOCAL_PRINCIPAL), {
    transport: new StdioServerTransport(openStdin()),
    onerror: (error) => log.warn('stdio.skipped', { error: error.name }),
  });
  exitWithClient(connection, runtime);
} catch (error) {
  reportStartFailure(error);
}
