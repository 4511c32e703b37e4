import { startIssuer } from './keys.js';

/** What a test needs to be let in. */
export interface Caller {
  readonly environment: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Alice, with every scope. */
export async function signIn(): Promise<Caller> {
  const issuer = await startIssuer();
  return { environment: issuer.environment, headers: { authorization: `Bearer ${await issuer.token()}` } };
}
