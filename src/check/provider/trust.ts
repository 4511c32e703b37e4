import { trustScript } from 'virtual:check-scripts';
import type { Repo } from '../../repo/repo.ts';
import type { Env } from '../../run/executable.ts';
import { runInRepo } from '../../run/inspect.ts';
import type { Found } from '../../run/inspect.ts';

/** Whose tokens a server accepts, and how they are written. */
export interface Trust {
  readonly issuer: string;
  readonly jwksUri?: string | undefined;
  readonly audiences: readonly string[];
  readonly audienceMode: 'required' | 'client-allow-list';
  /** Empty means everyone. */
  readonly clients: readonly string[];
  readonly equals: Readonly<Record<string, string>>;
  readonly profile: {
    readonly name: string;
    readonly algorithms: readonly string[];
    readonly tokenType: 'at+jwt' | 'not-id-token';
    readonly scopeClaims: readonly string[];
    readonly userClaims: readonly string[];
    readonly clientClaims: readonly string[];
    readonly tenantClaim: string;
  };
}

/** What is expected of a provider nobody has described. */
export function genericTrust(issuer: string, audience: string | undefined): Trust {
  return {
    issuer,
    audiences: audience === undefined ? [] : [audience],
    audienceMode: 'required',
    clients: [],
    equals: {},
    profile: { name: 'the provider', algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'], tokenType: 'not-id-token', scopeClaims: ['scope', 'scp'], userClaims: ['sub'], clientClaims: ['client_id', 'azp'], tenantClaim: 'tid' },
  };
}

/** What the settings of a repository say, its `.env` included. */
export function trustOf({ root }: Repo, env: Env, signal: AbortSignal): Promise<Found<Trust>> {
  return runInRepo<Trust>(root, trustScript, env, signal);
}
