import * as z from 'zod';
import { ToolError } from '../call/error.js';
import { namesOf, type Principal } from '../principal.js';
import { Recent } from '../state/recent.js';

/** The value of a variable of the environment; undefined when it is not set. */
export type Variable = (name: string) => string | undefined;

/** For whom, and where, a credential is used. */
export interface CredentialUse {
  /** The name of the upstream. */
  readonly name: string;
  readonly principal: Principal;
  readonly variable: Variable;
}

/** How this server identifies itself to an API. Never with the caller's own token: that was made for this server. */
export interface Credential {
  /** As the audit record has it. */
  readonly kind: 'api_key' | 'client_credentials' | 'token_exchange' | 'on_behalf_of';
  /** Headers of a request. @throws {ToolError} */
  headers(use: CredentialUse): Promise<Readonly<Record<string, string>>>;
}

/** A key in the environment, the same for every caller; nothing is sent where the variable is not set. */
export function apiKey(variableName: string, { header = 'authorization', scheme = 'Bearer' }: { header?: string; scheme?: string } = {}): Credential {
  return {
    kind: 'api_key',
    async headers({ variable }) {
      const key = variable(variableName);
      return key ? { [header]: scheme === '' ? key : `${scheme} ${key}` } : {};
    },
  };
}

/** A client of an authorization server; `clientId` and `clientSecret` name variables of the environment. */
export interface TokenClient {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A token of this server's own, the same for every caller (RFC 6749, section 4.4). */
export function clientCredentials(client: TokenClient, { scope, audience }: { scope?: string; audience?: string } = {}): Credential {
  const form = { grant_type: 'client_credentials', ...(scope && { scope }), ...(audience && { audience }) };
  return tokens('client_credentials', client, () => ({ owner: '', form }));
}

/** What is asked of the token endpoint, and who may have the answer. */
export interface TokenRequest {
  readonly owner: string;
  readonly form: Readonly<Record<string, string>>;
}

/** Seconds before its end at which a token is no longer used. */
const MARGIN_S = 30;

/** Milliseconds that a token endpoint may take. */
const TOKEN_MS = 10_000;

const answer = z.object({ access_token: z.string().min(1).max(65_536), token_type: z.string(), expires_in: z.number().default(60) });

/** Tokens from a token endpoint, kept for their owner until they expire, each asked for once however many want it. */
export function tokens(kind: Credential['kind'], client: TokenClient, requestFor: (principal: Principal, name: string) => TokenRequest): Credential {
  const kept = new Recent<{ readonly token: Promise<string>; until: number }>(1_000);
  return {
    kind,
    async headers({ name, principal, variable }) {
      const { owner, form } = requestFor(principal, name);
      const known = kept.get(owner);
      if (known && Date.now() < known.until) return { authorization: `Bearer ${await known.token}` };
      const entry = { token: ask(), until: Infinity };
      kept.set(owner, entry);
      async function ask(): Promise<string> {
        try {
          const got = await requestToken(name, client, form, variable);
          entry.until = Date.now() + (got.expires_in - MARGIN_S) * 1_000;
          return got.access_token;
        } catch (error) {
          entry.until = 0;
          throw error;
        }
      }
      return { authorization: `Bearer ${await entry.token}` };
    },
  };
}

/** Whose token it is. @returns for the cache: the same for the same user, by the same agent, of the same tenant. */
export const ownerOf = (principal: Principal): string => JSON.stringify(namesOf(principal));

async function requestToken(name: string, { tokenUrl, clientId, clientSecret }: TokenClient, form: TokenRequest['form'], variable: Variable) {
  const [id, secret] = [clientId, clientSecret].map((one) => variable(one));
  if (!id || !secret) throw ToolError.permanent(`This server cannot sign in to ${name}.`, { hint: `Its operator has to set ${clientId} and ${clientSecret}.` });
  const body = new URLSearchParams({ ...form, client_id: id, client_secret: secret });
  // Not with the signal of the call: others may wait for the same token.
  const signal = AbortSignal.timeout(TOKEN_MS);
  const init: RequestInit = { method: 'POST', body, headers: { accept: 'application/json' }, signal, redirect: 'error' };
  const response = await fetch(tokenUrl, init).catch(() => undefined);
  if (!response || response.status >= 500 || response.status === 429) {
    throw ToolError.transient(`The token for ${name} cannot be had at the moment.`, { retryAfterSeconds: 5 });
  }
  const parsed = answer.safeParse(response.ok ? await response.json().catch(() => undefined) : undefined);
  // What the server says of the reason may hold anything.
  if (!parsed.success) throw ToolError.permanent(`This server gets no token for ${name}.`, { hint: 'Its operator has to look at its client there.' });
  return parsed.data;
}
