import { containerTargets } from './targets/containers.ts';
import { hostTargets } from './targets/hosts.ts';
import { serverlessTargets } from './targets/serverless.ts';
import { packageTargets } from './targets/packages.ts';

/** In the order they are offered; the default depends on the transport. */
export const deployTargets = [...packageTargets, ...containerTargets, ...serverlessTargets, ...hostTargets] as const;
