import type { ProviderProfile } from '../src/platform/auth/provider.js';

/** What a token says, whatever the provider calls it. */
export interface TokenFacts {
  readonly subject: string;
  readonly client: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
}

/** The claims of an access token in the dialect of a provider: the profile read backwards. */
export function shapeClaims(
  { subject, client, tenant, scopes }: TokenFacts,
  profile: ProviderProfile,
  scopePrefix: string,
): Record<string, unknown> {
  const isService = subject === client;
  const [source = { claim: 'scope', form: 'string' }] = profile.scopeClaims;
  const written = profile.scopesInToken === 'prefixed' ? scopes.map((scope) => scopePrefix + scope) : scopes;
  return {
    ...profile.equals,
    sub: subject,
    [profile.userClaims[0] ?? 'sub']: subject,
    [profile.clientClaims[0] ?? 'client_id']: client,
    [profile.tenant.claim]: tenant,
    ...(isService && profile.serviceScopes === 'roles'
      ? { [profile.roleClaims[0] ?? 'roles']: scopes }
      : { [source.claim]: source.form === 'array' ? written : written.join(' ') }),
  };
}

/** The `typ` header a provider of this kind writes. */
export function shapeType({ tokenType }: ProviderProfile): string {
  return tokenType === 'at+jwt' ? 'at+jwt' : 'JWT';
}
