import { answersSchema } from '../../src/answers/schema.ts';
import type { Answers } from '../../src/answers/schema.ts';
import { authProviders, deployTargets, packageManagers, sessionStores, transports } from '../../src/features/index.ts';
import { plan } from '../../src/plan/plan.ts';
import { judge, subsets } from './oracle.ts';

/** The version every test plans with, so that nothing they compare changes with a release. */
export const version = '0.0.0';

const ids = <T extends { readonly id: string }>(features: readonly T[]): T['id'][] => features.map((feature) => feature.id);

/** The choices that rules look at, whether they go together or not: every value that is offered, every set of targets. */
export const choices = ids(transports).flatMap((transport) =>
  ids(authProviders).flatMap((auth) =>
    ids(sessionStores).flatMap((session) => subsets(ids(deployTargets)).map((deploy) => ({ transport, auth, session, deploy }))),
  ),
);

/** What any choice can be combined with. */
const freely = ids(packageManagers).flatMap((packageManager) =>
  [true, false].flatMap((example) =>
    [undefined, 'com.example'].flatMap((namespace) =>
      [undefined, 'security@example.com'].map((securityContact) => ({ packageManager, example, namespace, securityContact })),
    ),
  ),
);

/** Every set of answers that the oracle allows. */
export function* combinations(): Generator<Answers> {
  let turns = 0;
  for (const choice of choices.filter((one) => judge(one).refused.length === 0)) {
    // Providers are all alike but for their inputs, and so are targets beside the image and the package: what goes with anything is
    // tried with two of the first and with those two, everything else with one after the other, several targets with the two alone.
    const isFirst = ['none', 'oidc'].includes(choice.auth);
    if (!isFirst && choice.deploy.length > 1) continue;
    const everyone = isFirst && choice.deploy.every((target) => ['docker', 'npm'].includes(target));
    const turn = turns++ % freely.length;
    for (const { namespace, securityContact, ...rest } of everyone ? freely : freely.slice(turn, turn + 1)) {
      yield answersSchema.parse({
        name: '@acme/matrix-server',
        title: 'Matrix server',
        description: 'Planned in memory.',
        ...choice,
        ...rest,
        ...(namespace === undefined ? {} : { namespace }),
        ...(securityContact === undefined ? {} : { securityContact }),
      });
    }
  }
}

/** One planned repository, as the checks look at it. */
export interface Repo {
  readonly answers: Answers;
  readonly files: ReadonlyMap<string, string>;
}

export function planned(answers: Answers): Repo {
  return { answers, files: new Map(plan(answers, version).files().map(({ path, contents }) => [path, contents])) };
}

/** The answers on one line, for a message. */
export function label({ name: _name, title: _title, description: _description, ...rest }: Answers): string {
  return Object.entries(rest).map(([key, value]) => `${key}=${String(value)}`).join(' ');
}
