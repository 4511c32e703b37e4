import type { AccessRules } from '../../auth/oidc/src/platform/auth/access.js';

export const access: AccessRules<string> = { baseScopes: [], implied: {}, permitted: () => 'all' };
