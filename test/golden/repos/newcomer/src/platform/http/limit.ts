import type { Allowance, Layer } from '../call/allowance.js';
import type { Principal } from '../principal.js';
import type { Runtime } from '../runtime.js';
import type { Bucket, Level } from '../state/bucket.js';
import { refuse } from './answer.js';
import type { HttpConfig } from './config.js';
import { createDecisionLog } from './decision.js';
import { methodOf, paramsOf } from './message.js';

/** Calls of one tenant that run at the same time on one instance; without authentication everybody is the same tenant. */
const MAX_RUNNING = { tenant: 100, local: 1_000 } as const;

/**
 * Milliseconds that a refusal is held back, and up to twice as long at random: whoever sends again as soon as it is there would
 * take the time of all the others, above all where many have been refused together.
 */
const HELD_MS = 1_000;

/** Seconds in which a budget comes back. */
const DAY_S = 86_400;

/** What the limits count: work, and what is kept for it, never handshakes or lists. */
const CALLS = new Set(['tools/call', 'resources/read', 'prompts/get']);

/** Decides whether a caller may send `message` now. What is refused to a whole tenant is answered here; the rest is for the call to say. */
export type Limiter = (principal: Principal, message: unknown) => Promise<Allowance | Response | undefined>;

type Counted = Bucket & { readonly layer: Layer };

/** Limits calls by tenant, by agent, by tool within a tenant, and by what they cost a tenant in a day; each layer is off at 0. */
export function createLimiter(config: HttpConfig, runtime: Runtime): Limiter {
  const { catalog, take, activity, telemetry } = runtime;
  const decide = createDecisionLog(runtime);
  const { RATE_LIMIT_TENANT_PER_MINUTE: perTenant, RATE_LIMIT_AGENT_PER_MINUTE: perAgent, RATE_LIMIT_TOOL_PER_MINUTE: perTool, BUDGET_TENANT_PER_DAY: perDay } = config;
  // A name that is no tool gets no bucket: whoever makes names up must not fill the store.
  const tools = new Map(catalog.tools.map(({ name, perMinute = perTool }) => [name, perTool === 0 ? 0 : perMinute]));
  const costs = new Map(catalog.tools.map(({ name, cost }) => [name, cost]));

  /** What gets no further leaves its record here. */
  const turnAway = async (principal: Principal, messages: readonly unknown[], reason: string, answer: (correlationId?: string) => Response): Promise<Response> => {
    const [first] = messages.map((one) => {
      const name = nameIn(one);
      const target = { method: methodOf(one) ?? 'none', name: tools.has(name) ? name : undefined };
      return decide({ decision: 'deny', reason, errorClass: 'rate_limit', limitedBy: reason === 'rate_limit' ? 'tenant' : undefined, principal, target });
    });
    await held();
    return answer(first);
  };

  return async (principal, message) => {
    const { tenant, agent } = principal;
    const messages: readonly unknown[] = Array.isArray(message) ? message : [message];
    const calls = messages.filter((one) => CALLS.has(methodOf(one) ?? ''));
    const kept = messages.filter(isKept).length;
    if (calls.length + kept === 0) return undefined;
    if (activity.runningFor(tenant) + calls.length > MAX_RUNNING[principal.kind === 'local' ? 'local' : 'tenant']) {
      telemetry?.countDecision('concurrency', 'refused');
      return turnAway(principal, messages, 'concurrency', tooManyRunning);
    }
    const places = activity.reserve(tenant, calls.length);
    const callsOf = new Map<string, number>();
    let units = 0;
    for (const call of calls) {
      const name = methodOf(call) === 'tools/call' ? nameIn(call) : '';
      callsOf.set(name, (callsOf.get(name) ?? 0) + 1);
      units += costs.get(name) ?? 0;
    }
    const counted: Counted[] = [];
    const count = (layer: Layer, key: string, size: number, cost: number, seconds = 60): void => {
      if (size > 0 && cost > 0) counted.push({ layer, key, size, cost, seconds });
    };
    count('tenant', 'tenant', perTenant, calls.length);
    // A call that waits for an answer must not lose it to other calls.
    count('tenant', 'answers', perTenant, kept);
    count('agent', `agent:${agent.clientId}`, perAgent, calls.length);
    for (const [name, times] of callsOf) count('tool', `tool:${name}`, tools.get(name) ?? 0, times);
    count('budget', 'budget', perDay, units, DAY_S);
    const found = counted.length === 0 ? [] : await take(tenant, counted).catch((error: unknown) => {
      places.free();
      throw error;
    });
    const levels = new Map<Layer, Level>();
    let refusedBy: Layer | undefined;
    for (const [at, level] of found.entries()) {
      const layer = counted[at]?.layer ?? 'tenant';
      if (level.waitSeconds > 0) refusedBy ??= layer;
      // Of several tools in a batch the one that holds it up is told of.
      if (level.waitSeconds > 0 || !levels.has(layer)) levels.set(layer, level);
    }
    if (found.length > 0) telemetry?.countDecision(refusedBy ?? 'none', refusedBy ? 'refused' : 'allowed');
    const level = levels.get('tenant');
    if (refusedBy) places.free();
    if (refusedBy === 'tenant' && level) return turnAway(principal, messages, 'rate_limit', (correlationId) => tooManyCalls(level, correlationId));
    if (refusedBy) await held();
    return { levels, refusedBy, places };
  };
}

/** Whether a message is put into the store for a call of its session: what its client answers, and how far it is. */
function isKept(message: unknown): boolean {
  const method = methodOf(message);
  return method === undefined ? typeof message === 'object' && message !== null : method === 'notifications/progress';
}

/** What a call names; whether that is a name at all, and of something, is for the SDK to say. */
function nameIn(call: unknown): string {
  const { name } = paramsOf(call);
  return typeof name === 'string' ? name : '';
}

const held = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, HELD_MS * (1 + Math.random())));

const tooManyRunning = (correlationId?: string): Response =>
  refuse(429, 'Too many calls of this tenant are running.', 'Wait for their answers before you send more.', { 'retry-after': '1' }, { correlationId });

/** Headers as in draft-ietf-httpapi-ratelimit-headers. */
const tooManyCalls = ({ limit, remaining, waitSeconds }: Level, correlationId?: string): Response =>
  refuse(429, 'This tenant has used up its calls of this minute.', `Wait, then call less often. Operator: RATE_LIMIT_TENANT_PER_MINUTE=${limit * 2}`, {
    'retry-after': String(waitSeconds),
    'ratelimit-policy': `"tenant";q=${limit};w=60`,
    ratelimit: `"tenant";r=${remaining};t=${waitSeconds}`,
  }, { correlationId });
