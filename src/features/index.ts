export { authProviders } from './auth.ts';
export { base } from './base.ts';
export { deployTargets } from './deploy.ts';
export { byId } from './feature.ts';
export type { DeployTarget, EnvironmentVariable, Feature, Operation, Operations, ReadmeSection, SessionStore, Transport } from './feature.ts';
export { packageManagers } from './package-manager.ts';
export type { PackageManager } from './package-manager.ts';
export { noSessions, sessionStores } from './session.ts';
export { transports } from './transport.ts';
