import type { DeployTarget } from './feature.ts';

/** In the order they are offered; the default depends on the transport. */
export const deployTargets = [
  {
    id: 'docker',
    title: 'Docker',
    hint: 'a hardened image and a compose file',
    kind: 'either',
    severalInstances: false,
    templates: ['deploy/docker'],
  },
  {
    id: 'npm',
    title: 'npm package',
    hint: 'started with npx by the MCP client or by hand',
    kind: 'local',
    severalInstances: false,
    templates: ['deploy/npm'],
  },
] as const satisfies readonly DeployTarget[];
