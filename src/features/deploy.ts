import { containerTargets } from './targets/containers.ts';
import { packageTargets } from './targets/packages.ts';

/** In the order they are offered; the default depends on the transport. */
export const deployTargets = [...packageTargets, ...containerTargets] as const;
