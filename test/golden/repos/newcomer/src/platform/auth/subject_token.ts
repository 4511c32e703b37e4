import { ToolError } from '../call/error.js';
import type { Principal } from '../principal.js';

/** Out of reach of tools and logs, and gone with the call. */
const subjectTokens = new WeakMap<Principal, string>();

/** Lets a verified token be exchanged for one that an API accepts. */
export function keepSubjectToken(principal: Principal, token: string): void {
  if (principal.kind === 'user') subjectTokens.set(principal, token);
}

/** @throws {ToolError} where no user has signed in, or no longer. */
export function subjectTokenOf(principal: Principal, upstream: string): string {
  const token = subjectTokens.get(principal);
  if (token === undefined) throw ToolError.authorization(`${upstream} is used in the name of a user, and there is none here.`);
  if ((principal.token?.expiresAt ?? 0) * 1_000 <= Date.now()) throw ToolError.authorization('The access token of this call has expired meanwhile.');
  return token;
}
