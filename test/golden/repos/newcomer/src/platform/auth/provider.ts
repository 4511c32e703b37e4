/** What an authorization server is found by; derived from the variables of a provider. */
export interface Location {
  /** Exactly the `iss` of its tokens, with or without the final slash. */
  readonly issuer: string;
  /** Where its keys are; found through its metadata when absent. */
  readonly jwksUri?: string;
  /** Accepted `aud` values; the resource (`MCP_PUBLIC_URL`) when absent. */
  readonly audiences?: readonly string[];
  /** Clients whose tokens are accepted; everyone's when absent. */
  readonly clients?: readonly string[];
  /** Claims that must have exactly this value in this deployment. */
  readonly equals?: Readonly<Record<string, string>>;
}

/** A claim, and what its text (`''` when absent) looks like in tokens that no user stands behind. */
export interface Marker {
  readonly claim: string;
  readonly matches: RegExp;
}

/**
 * How one provider writes its access tokens. Data only: the verifier is the
 * same for all of them.
 */
export interface ProviderProfile {
  readonly name: string;
  /** Accepted `alg` values, all asymmetric. */
  readonly algorithms: readonly string[];
  /** `at+jwt` (RFC 9068), or, for providers that do not promise it, anything that cannot be an ID token. */
  readonly tokenType: 'at+jwt' | 'not-id-token';
  /** `client-allow-list` is for providers that may leave `aud` out; an `aud` that is there has to match all the same. */
  readonly audienceMode: 'required' | 'client-allow-list';
  /** Where the scopes are: the first claim that is there counts. */
  readonly scopeClaims: readonly { readonly claim: string; readonly form: 'string' | 'array' | 'either' }[];
  /** Clients request scopes as `<prefix><scope>`; the prefix is `OAUTH_SCOPE_PREFIX`, or the resource and a slash, or none. */
  readonly scopePrefix: 'none' | 'resource';
  /** Whether the token repeats the prefix. */
  readonly scopesInToken: 'short' | 'prefixed';
  /** The user's stable id: the first claim that is there counts. */
  readonly userClaims: readonly string[];
  readonly clientClaims: readonly string[];
  /** Tokens without the claim belong to the issuer's one tenant, to a tenant of the user alone, or are refused. */
  readonly tenant: { readonly claim: string; readonly otherwise: 'issuer' | 'user' | 'refuse' };
  /** Claims with the user's roles and groups. */
  readonly roleClaims: readonly string[];
  /** A claim with what the USER may do; where it is there, the token's scopes are cut down to it. */
  readonly permissionsClaim?: string;
  /** Any of these makes a token one of a service, besides `sub` being the client. */
  readonly serviceMarkers: readonly Marker[];
  /** Whether the roles of a service stand in for scopes. */
  readonly serviceScopes: 'scopes' | 'roles';
  /** Claims that must have exactly this value. */
  readonly equals: Readonly<Record<string, string>>;
  /** Whether `OAUTH_METADATA_SHIM` may be switched on: the provider hides its PKCE support and sends no `iss`. */
  readonly shim: boolean;
}

/** An environment variable of a provider. */
export interface ProviderVariable {
  readonly pattern: RegExp;
  /** Why a value that does not match is refused, and what to enter instead. */
  readonly refusal: string;
  readonly description: string;
  readonly example: string;
}

/** A provider: its profile and its own environment variables. */
export interface Provider<Name extends string = string> {
  readonly profile: ProviderProfile;
  /** All of them are needed, unless `OAUTH_ISSUER` replaces them. */
  readonly variables: Readonly<Record<Name, ProviderVariable>>;
  locate(value: (name: Name) => string): Location;
}

/** Checks a provider's data against its types. */
export function defineProvider<Name extends string>(provider: Provider<Name>): Provider<Name> {
  return provider;
}

/** Asymmetric algorithms that every provider in use signs with. */
export const COMMON_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'] as const;
