import type { Answers } from '../answers/schema.ts';
import { authProviders, base, byId, deployTargets, noSessions, packageManagers, sessionStores, transports } from '../features/index.ts';
import { mcpBundle } from '../features/targets/packages.ts';
import type { DeployTarget, Feature, SessionStore, Transport } from '../features/index.ts';

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
    ...(transport.network ? networked : [noSessions]),
    ...deployTargets.filter((target) => answers.deploy.includes(target.id)),
    ...(isBundled(answers) ? [mcpBundle] : []),
  ];
}

/** Whether clients on the same machine can install it by a click. */
export function isBundled({ transport, deploy }: Answers): boolean {
  return byId<Transport>(transports, transport).stdio && deploy.includes('npm');
}

/** Overlay folders that do not belong to a feature. */
const further = { example: 'example/notes', empty: 'example/empty', namespace: 'namespace', securityContact: 'security-contact' } as const;

/** Every overlay that some answers lead to: the build leaves the rest of `templates/` out. */
export function offeredOverlays(): string[] {
  const targets: readonly DeployTarget[] = deployTargets;
  const features: Feature[] = [base, noSessions, mcpBundle, ...transports, ...authProviders, ...sessionStores, ...targets];
  const folders = [...features, ...packageManagers].flatMap(({ templates }) => templates);
  return [...folders, ...targets.flatMap(({ networkTemplates = [], stateTemplates = {} }) => [...networkTemplates, ...Object.values(stateTemplates).flat()]), ...Object.values(further)];
}

/** Template folders that make up the repository. */
export function overlaysOf(answers: Answers, features: readonly Feature[]): string[] {
  const packageManager = packageManagers.find((one) => one.id === answers.packageManager);
  const example = answers.example ? further.example : further.empty;
  const optional = [
    ...(answers.namespace === undefined ? [] : [further.namespace]),
    ...(answers.securityContact === undefined ? [] : [further.securityContact]),
  ];
  const { network } = byId<Transport>(transports, answers.transport);
  const targets: DeployTarget[] = deployTargets.filter((target) => answers.deploy.includes(target.id));
  const reachable = network ? targets.flatMap(({ networkTemplates = [] }) => networkTemplates) : [];
  const { reach } = byId<SessionStore>(sessionStores, answers.session);
  const state = targets.flatMap(({ stateTemplates = {} }) => stateTemplates[reach] ?? []);
  return [...new Set([...features.flatMap((feature) => feature.templates), ...reachable, ...state, example, ...optional, ...(packageManager?.templates ?? [])])];
}
