import { authProviders, byId, deployTargets, sessionStores, transports } from '../features/index.ts';
import type { DeployTarget, Feature, SessionStore, Transport } from '../features/index.ts';
import type { Answers } from './schema.ts';

/** One choice of each kind, resolved: rules read traits, never ids of things that come and go. */
export interface Choice {
  readonly transport: Transport;
  readonly auth: Feature;
  readonly session: SessionStore;
  readonly deploy: DeployTarget;
}

export interface Rule {
  /** Stable name, for tests and `--json`. */
  readonly name: string;
  readonly severity: 'refused' | 'warned';
  readonly applies: (choice: Choice) => boolean;
  /** The pair and why it does not go together. */
  readonly reason: (choice: Choice) => string;
  /** What to take instead; a warning may have nothing better to offer. */
  readonly instead?: string;
}

/** What does not go together, and why. One deploy target is judged at a time: one that refuses, refuses the run. */
export const rules: readonly Rule[] = [
  {
    name: 'stdio-with-auth',
    severity: 'refused',
    applies: ({ transport, auth }) => !transport.network && auth.id !== 'none',
    reason: ({ auth }) =>
      `--transport stdio with --auth ${auth.id}: a child process has no HTTP to carry a token; its credentials come from the environment.`,
    instead: 'Take --auth none, or --transport http.',
  },
  {
    name: 'stdio-with-session-store',
    severity: 'refused',
    applies: ({ transport, session }) => !transport.network && session.reach !== 'none',
    reason: ({ session }) =>
      `--transport stdio with --session ${session.id}: one process serves one client, its own memory is the session.`,
    instead: 'Take --session stateless, or --transport http.',
  },
  {
    name: 'stdio-with-network-target',
    severity: 'refused',
    applies: ({ transport, deploy }) => !transport.network && deploy.kind === 'network',
    reason: ({ deploy }) =>
      `--transport stdio with --deploy ${deploy.id}: nobody is at the other end of its stdin there.`,
    instead: 'Take --transport http or both, or --deploy npm.',
  },
  {
    name: 'process-state-with-several-instances',
    severity: 'refused',
    applies: ({ session, deploy }) => session.reach === 'process' && deploy.severalInstances && deploy.placed === undefined,
    reason: ({ session, deploy }) =>
      `--session ${session.id} with --deploy ${deploy.id}: it runs several instances, and a session opened on one is unknown to the next.`,
    instead: 'Take --session redis or stateless.',
  },
  {
    name: 'shared-state-out-of-reach',
    severity: 'refused',
    applies: ({ session, deploy }) => session.reach === 'shared' && deploy.sharedState?.severity === 'refused',
    reason: ({ session, deploy }) => `--session ${session.id} with --deploy ${deploy.id}: ${deploy.sharedState?.why ?? ''}`,
    instead: 'Take --session memory or stateless.',
  },
  {
    name: 'shared-state-at-a-price',
    severity: 'warned',
    applies: ({ session, deploy }) => session.reach === 'shared' && deploy.sharedState?.severity === 'warned',
    reason: ({ session, deploy }) => `--session ${session.id} with --deploy ${deploy.id}: ${deploy.sharedState?.why ?? ''}`,
  },
  {
    name: 'nothing-shared-by-several-instances',
    severity: 'warned',
    applies: ({ session, deploy }) => session.reach === 'none' && deploy.severalInstances,
    reason: ({ session, deploy }) =>
      `--session ${session.id} with --deploy ${deploy.id}: each of several instances remembers idempotency keys for itself, so a retry that reaches another one is a new call.`,
  },
  {
    name: 'process-state-in-one-instance',
    severity: 'warned',
    applies: ({ session, deploy }) => session.reach === 'process' && !deploy.severalInstances && deploy.kind !== 'local',
    reason: ({ session, deploy }) => `--session ${session.id} with --deploy ${deploy.id}: run one instance only, and expect a restart to end every session.`,
  },
  {
    name: 'stdio-in-docker',
    severity: 'warned',
    applies: ({ transport, deploy }) => !transport.network && deploy.id === 'docker',
    reason: () =>
      '--transport stdio with --deploy docker: the image only works as a local server (docker run -i); it opens no port and has no health check.',
  },
];

/** Answers that rules read; what is not given yet is taken as what rules nothing out. */
export type Judged = { [K in 'transport' | 'auth' | 'session' | 'deploy']?: Answers[K] | undefined };

export interface Verdict {
  readonly rule: Rule;
  readonly reason: string;
}

/** Every rule that the answers meet, refusals first, each reason once. */
export function judge({ transport = 'http', auth = 'none', session = 'stateless', deploy }: Judged): Verdict[] {
  const reached = byId<Transport>(transports, transport);
  const met = (deploy ?? [reached.defaultDeploy]).flatMap((target) => {
    const choice = {
      transport: reached,
      auth: byId<Feature>(authProviders, auth),
      session: byId<SessionStore>(sessionStores, session),
      deploy: byId<DeployTarget>(deployTargets, target),
    };
    return rules.filter((rule) => rule.applies(choice)).map((rule) => ({ rule, reason: rule.reason(choice) }));
  });
  const unique = met.filter((one, index) => met.findIndex((other) => other.reason === one.reason) === index);
  return unique.toSorted((a, b) => Number(a.rule.severity === 'warned') - Number(b.rule.severity === 'warned'));
}

/** The first verdict that stops a run, or undefined. */
export function refusal(answers: Judged): Verdict | undefined {
  return judge(answers).find(({ rule }) => rule.severity === 'refused');
}
