import type { Answers } from '../answers/schema.ts';
import { authProviders, base, byId, deployTargets, packageManagers, sessionStores, transports } from '../features/index.ts';
import type { Feature, Transport } from '../features/index.ts';

/**
 * Everything the answers switch on, base first. Order decides nothing but the order of README sections and variables.
 * Without a network there is neither a gate nor a session to keep.
 */
export function chosenFeatures(answers: Answers): Feature[] {
  const transport = byId<Transport>(transports, answers.transport);
  const networked: Feature[] = [byId<Feature>(authProviders, answers.auth), byId<Feature>(sessionStores, answers.session)];
  return [
    base,
    transport,
    ...(transport.network ? networked : []),
    ...deployTargets.filter((target) => answers.deploy.includes(target.id)),
  ];
}

/** Template folders that make up the repository. */
export function overlaysOf(answers: Answers, features: readonly Feature[]): string[] {
  const packageManager = packageManagers.find((one) => one.id === answers.packageManager);
  const example = answers.example ? 'example/notes' : 'example/empty';
  const optional = [
    ...(answers.namespace === undefined ? [] : ['namespace']),
    ...(answers.securityContact === undefined ? [] : ['security-contact']),
  ];
  return [...new Set([...features.flatMap((feature) => feature.templates), example, ...optional, ...(packageManager?.templates ?? [])])];
}
