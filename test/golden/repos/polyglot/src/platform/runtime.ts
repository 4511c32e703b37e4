import type { Config } from '../config.js';
import { prompts } from '../prompts/index.js';
import { resources } from '../resources/index.js';
import { identity, register } from '../server.js';
import { createServices, type Services } from '../services/index.js';
import { upstreams } from '../services/upstreams.js';
import { tools } from '../tools/index.js';
import { createActivity, type KeepAlive } from './call/activity.js';
import type { Allowance } from './call/allowance.js';
import { createConfirm } from './call/confirmation.js';
import { createIdempotency } from './call/idempotency.js';
import { createLoopGuard } from './call/loop_guard.js';
import { PROFILES } from './config/settings.js';
import type { ServicesShape } from './define/context.js';
import type { Effect } from './define/tool.js';
import { createAudit } from './observe/audit.js';
import { createDigester, type Hmac } from './observe/digest.js';
import type { Log } from './observe/log.js';
import { deriveKeys } from './observe/secret.js';
import { createSigner } from './observe/signature.js';
import type { Telemetry } from './observe/telemetry.js';
import { watchState } from './observe/watched_state.js';
import type { Principal } from './principal.js';
import { createChanges } from './server/changes.js';
import type { Catalog } from './server/definition.js';
import { createServerFactory } from './server/factory.js';
import { createHandles } from './state/handles.js';
import type { State } from './state/state.js';
import { takeSomewhere } from './state/take.js';
import type { Variable } from './upstream/credentials.js';
import { createUpstreams } from './upstream/upstream.js';

/** What the entry brings along. */
export interface Surroundings {
  readonly transport: 'http' | 'stdio';
  readonly log: Log;
  readonly state: State;
  readonly hmac?: Hmac;
  readonly telemetry?: Telemetry | undefined;
  /** Reads the environment for upstreams, which name variables of their own. */
  readonly variable?: Variable;
  /** A fetch that reaches the public internet only; absent where there is no control over what is dialled. */
  readonly fetchPublic?: typeof fetch;
  /** Which guards are on; all of them unless told otherwise. */
  readonly limits?: { readonly loops: boolean };
  /** Given where a process may be stopped or frozen as soon as it has answered. */
  readonly keepAlive?: KeepAlive;
  /** False where no stream can be held open, or nobody would hear what happens elsewhere: streams of changes are refused. */
  readonly canSubscribe?: boolean;
  /** True where the platform says, for certain, who has connected. */
  readonly tellsPeers?: boolean;
  /** Given where instances can count together who fails to sign in. @returns whether that is too often. */
  readonly countFailure?: (network: string) => Promise<boolean>;
  /** Given where a tenant has a process of its own: what is admitted goes on to it. */
  readonly relay?: (request: Request, tenant: string) => Promise<Response>;
}

/** The server without a transport: what `src/` defines, wired to the platform. */
export type Runtime = ReturnType<typeof createRuntime>;

/** Makes what lives as long as the process. */
export function createRuntime(config: Config, surroundings: Surroundings) {
  const { transport, log, hmac, telemetry, variable = () => undefined, fetchPublic, limits, keepAlive, canSubscribe = true, tellsPeers = false, countFailure, relay } = surroundings;
  telemetry?.reportTo(log);
  const state: State = { ...surroundings.state, values: watchState(surroundings.state.values, telemetry) };
  const services: Services = createServices({ config, log });
  const take = takeSomewhere(state.values, log);
  const changes = createChanges(state, log);
  const activity = createActivity(keepAlive);
  const [key, ...olderKeys] = deriveKeys(config.MCP_SECRET);
  const digest = createDigester(key, hmac);
  const digests = [digest, ...olderKeys.map((older) => createDigester(older, hmac))] as const;
  const server = { transport, server_version: identity.version, instance: crypto.randomUUID() };
  const calls = {
    services,
    log,
    activity,
    loopGuard: limits?.loops === false ? undefined : createLoopGuard(),
    audit: createAudit({ log, digest, telemetry, server }),
    openOperation: createIdempotency(state.values, digest, log, activity.during),
    confirm: createConfirm(state.values, createSigner('confirmation', digests)),
    cursorSigner: createSigner('cursor', digests),
    handlesOf: createHandles(state.values),
    upstreamOf: createUpstreams(upstreams, { variable, take, log, telemetry, ...(fetchPublic && { fetchPublic }) }),
    mayActUnseen: config.AUDIT_FAIL_MODE === 'open',
    tellsSteps: config.NODE_ENV !== 'production',
  };
  const profile: readonly Effect[] = PROFILES[config.TOOL_PROFILE];
  const catalog: Catalog<Services> = { tools: tools.filter(({ effect }) => profile.includes(effect)), resources, prompts };
  const shared = { identity, catalog, register, calls, keys: [key, ...olderKeys] as const, changes, telemetry };
  return {
    identity,
    catalog,
    log,
    services: services as ServicesShape,
    state,
    take,
    telemetry,
    changes,
    activity,
    canSubscribe,
    tellsPeers,
    countFailure,
    relay,
    digest,
    server,
    /**
     * @param principalOf - Who sent a request; a stdio connection has none.
     * @param allowanceOf - What the rate limits say about it, where there are some.
     */
    factoryFor: (
      principalOf: (request: Request | undefined) => Principal,
      allowanceOf: (request: Request | undefined) => Allowance | undefined = () => undefined,
    ) => createServerFactory({ ...shared, principalOf, allowanceOf }),
  };
}
