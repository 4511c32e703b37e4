import { builtRepo } from '../wire/probe.ts';

/** Every value of `--auth` but `none`. */
export const providers = ['oidc', 'auth0', 'okta', 'entra', 'keycloak', 'cognito', 'clerk', 'workos'] as const;
export type ProviderId = (typeof providers)[number];

/** The generated repo of a provider, built. */
export function authRepo(provider: ProviderId = 'oidc'): Promise<string> {
  return builtRepo(`auth-${provider}`);
}
