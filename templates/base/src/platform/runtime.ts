import { InMemoryServerEventBus, type McpServerFactory, type ServerEventBus } from '@modelcontextprotocol/server';
import type { Config } from '../config.js';
import { prompts } from '../prompts/index.js';
import { resources } from '../resources/index.js';
import { identity, register } from '../server.js';
import { createServices } from '../services/index.js';
import { tools } from '../tools/index.js';
import { createActivity } from './call/activity.js';
import { createIdempotency } from './call/idempotency.js';
import type { ServicesShape } from './define/context.js';
import { createAudit } from './observe/audit.js';
import { createDigester, type Hmac } from './observe/digest.js';
import type { Log } from './observe/log.js';
import type { Principal } from './principal.js';
import type { ServerIdentity } from './server/definition.js';
import { createServerFactory } from './server/factory.js';
import { createMemoryState } from './state/memory.js';

/** The server without a transport. */
export interface Runtime {
  readonly identity: ServerIdentity;
  readonly toolNames: readonly string[];
  /** The longest deadline of any tool, in milliseconds. */
  readonly longestCallMs: number;
  readonly log: Log;
  readonly services: ServicesShape;
  /** Carries change events from handlers to `subscriptions/listen` streams. */
  readonly bus: ServerEventBus;
  factoryFor(principalOf: (request: Request | undefined) => Principal): McpServerFactory;
  /** Resolves as soon as no call is running. */
  idle(): Promise<void>;
}

/** What the entry brings along. */
export interface Surroundings {
  readonly transport: 'http' | 'stdio';
  readonly log: Log;
  readonly hmac?: Hmac;
}

/** Wires what `src/` defines to the platform. */
export function createRuntime(config: Config, { transport, log, hmac }: Surroundings): Runtime {
  const services = createServices({ config, log });
  const bus = new InMemoryServerEventBus((error) => log.failure('event.failed', error));
  const activity = createActivity();
  const digest = createDigester(config.MCP_SECRET, hmac);
  const audit = createAudit({ log, digest, transport, serverVersion: identity.version });
  const openOperation = createIdempotency(createMemoryState(), digest);
  return {
    identity,
    toolNames: tools.map(({ name }) => name),
    longestCallMs: Math.max(0, ...tools.map(({ timeoutMs }) => timeoutMs)),
    log,
    services,
    bus,
    factoryFor: (principalOf) =>
      createServerFactory({
        identity,
        catalog: { tools, resources, prompts },
        register,
        calls: { services, log, audit, openOperation, activity },
        principalOf,
        publish: (event) => bus.publish(event),
      }),
    idle: () => activity.idle(),
  };
}
