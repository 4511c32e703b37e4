/**
 * CONTRACT section 1 restated as a table, written from its text and not from `src/answers/rules.ts`: two readings of one page
 * that must agree. It also holds what no issue has built yet, so it knows more values than the CLI offers.
 */

/** What the rules look at. Plain strings: the oracle shares no type with what it judges. */
export interface Combination {
  readonly transport: string;
  readonly auth: string;
  readonly session: string;
  readonly deploy: readonly string[];
}

/** Two values that don't go together, as `kind:value`. */
export type Pair = readonly [string, string];

export interface Verdict {
  readonly refused: readonly Pair[];
  readonly warned: readonly Pair[];
}

/** Every value the contract names, first the default. */
export const contract = {
  transport: ['http', 'stdio', 'both'],
  auth: ['none', 'oidc', 'auth0', 'okta', 'entra', 'keycloak', 'cognito', 'clerk', 'workos'],
  session: ['stateless', 'memory', 'redis'],
  deploy: ['docker', 'npm', 'kubernetes', 'lambda', 'ecs', 'cloudflare', 'cloud-run', 'fly', 'systemd'],
} as const;

const providers = contract.auth.filter((auth) => auth !== 'none');
const networkTargets = ['kubernetes', 'lambda', 'ecs', 'cloudflare', 'cloud-run', 'fly', 'systemd'];
/** Platforms that run several instances unless told otherwise: the reason why `memory` is refused with them. */
const severalInstances = ['kubernetes', 'ecs', 'lambda', 'cloud-run', 'cloudflare'];
/** "Until a Durable Object serves it": it does. */
const withoutPlace = severalInstances.filter((target) => target !== 'cloudflare');

const refusals: readonly Pair[] = [
  ...pairs('transport:stdio', 'auth', providers),
  ...pairs('transport:stdio', 'session', ['memory', 'redis']),
  ...pairs('transport:stdio', 'deploy', networkTargets),
  ...pairs('session:memory', 'deploy', withoutPlace),
  ...pairs('session:redis', 'deploy', ['cloudflare']),
];

const warnings: readonly Pair[] = [
  ...pairs('session:memory', 'deploy', ['docker', 'systemd', 'fly']),
  ...pairs('session:stateless', 'deploy', severalInstances),
  ...pairs('session:redis', 'deploy', ['lambda', 'cloud-run']),
  ...pairs('transport:stdio', 'deploy', ['docker']),
];

function pairs(left: string, kind: string, values: readonly string[]): Pair[] {
  return values.map((value) => [left, `${kind}:${value}`]);
}

/** A value refused by one of several targets refuses the run. */
export function judge(combination: Combination): Verdict {
  const given = new Set([
    `transport:${combination.transport}`,
    `auth:${combination.auth}`,
    `session:${combination.session}`,
    ...combination.deploy.map((target) => `deploy:${target}`),
  ]);
  const hit = (rows: readonly Pair[]) => rows.filter((pair) => pair.every((value) => given.has(value)));
  return { refused: hit(refusals), warned: hit(warnings) };
}

/** Each target alone, every pair, and all at once. */
export function subsets<T>(targets: readonly T[]): T[][] {
  const alone = targets.map((target) => [target]);
  const two = targets.flatMap((a, i) => targets.slice(i + 1).map((b) => [a, b]));
  return [...alone, ...two, ...(targets.length > 2 ? [[...targets]] : [])];
}
