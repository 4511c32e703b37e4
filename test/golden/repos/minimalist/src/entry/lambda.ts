import { settings } from '../config.js';
import { authRule, authSettings } from '../platform/auth/settings.js';
import { loadEnvironment, readVariable } from '../platform/config/environment.js';
import { sendsTelemetry } from '../platform/config/settings.js';
import { createApp } from '../platform/http/app.js';
import { deriveHttpConfig, limitsOf } from '../platform/http/config.js';
import { createWaitingList } from '../platform/lambda/waiting.js';
import { answerAtOnce, answerAsStream } from '../platform/lambda/handler.js';
import { nodeHmac } from '../platform/node/hmac.js';
import { readSecretFile } from '../platform/node/secret_file.js';
import { createLog } from '../platform/observe/log.js';
import { createRuntime } from '../platform/runtime.js';
import { openState } from '../platform/state/open.js';
import { stateRule } from '../platform/state/settings.js';
import { identity } from '../server.js';

const environment = loadEnvironment(authSettings.extend(settings.shape), { NODE_ENV: 'production', ...process.env }, readSecretFile);
// Whoever has the address of a function reaches it: the rules for servers on every interface apply.
const config = deriveHttpConfig({ ...environment, HOST: '0.0.0.0' }, stateRule, authRule);
const telemetry = sendsTelemetry(config) ? (await import('./telemetry.js')).openTelemetry(config, identity) : undefined;
// Written at once: a function is frozen as soon as it has answered.
const log = createLog(config.LOG_LEVEL, (line) => void process.stdout.write(`${line}\n`), { here: telemetry?.ids, noteTrouble: telemetry?.noteTrouble });
const state = await openState(config, log);
const waiting = createWaitingList(telemetry?.flush);
const fetchPublic: typeof fetch = async (...request) => (await import('./public_fetch.js')).fetchPublic(...request);
const variable = (name: string) => readVariable(name, process.env, readSecretFile);
const upstream = { variable, fetchPublic };
const platform = { telemetry, keepAlive: waiting.add, canSubscribe: false, tellsPeers: true };
const app = createApp(config, createRuntime(environment, { transport: 'http', log, state, hmac: nodeHmac, ...upstream, limits: limitsOf(config), ...platform }));

/** For a Function URL or a REST API with response streaming. */
export const handler = answerAsStream(app, waiting);

/** For what takes an answer in one piece: an HTTP API, or a REST API without streaming. */
export const buffered = answerAtOnce(app, waiting);
