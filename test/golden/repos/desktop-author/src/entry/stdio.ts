#!/usr/bin/env node
import '../platform/stdio/console.js';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { settings } from '../config.js';
import { loadEnvironment, readVariable } from '../platform/config/environment.js';
import { sendsTelemetry } from '../platform/config/settings.js';
import { exitOnCrash } from '../platform/node/crash.js';
import { nodeHmac } from '../platform/node/hmac.js';
import { openLog } from '../platform/node/log.js';
import { reportStartFailure } from '../platform/node/report.js';
import { readSecretFile } from '../platform/node/secret_file.js';
import { LOCAL_PRINCIPAL } from '../platform/principal.js';
import { createRuntime } from '../platform/runtime.js';
import { stateInProcess } from '../platform/state/state.js';
import { exitWithClient, openStdin } from '../platform/stdio/exit.js';
import { identity } from '../server.js';

try {
  const environment = loadEnvironment(settings, process.env, readSecretFile);
  const telemetry = sendsTelemetry(environment) ? (await import('./telemetry.js')).openTelemetry(environment, identity) : undefined;
  const log = openLog(environment, process.stderr, telemetry);
  exitOnCrash(log);
  const state = stateInProcess();
  const fetchPublic: typeof fetch = async (...request) => (await import('./public_fetch.js')).fetchPublic(...request);
  const variable = (name: string) => readVariable(name, process.env, readSecretFile);
  const runtime = createRuntime(environment, { transport: 'stdio', log, state, hmac: nodeHmac, telemetry, variable, fetchPublic });
  const connection = serveStdio(runtime.factoryFor(() => LOCAL_PRINCIPAL), {
    transport: new StdioServerTransport(openStdin()),
    onerror: (error) => log.warn('stdio.skipped', { error: error.name }),
  });
  exitWithClient(connection, runtime);
} catch (error) {
  reportStartFailure(error);
}
