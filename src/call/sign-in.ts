import { createHash, randomBytes } from 'node:crypto';
import { isLoopback } from '../connect/endpoint.ts';
import { UserError } from '../error.ts';

/** Where no browser is, the redirect goes nowhere: only its query is read. */
const redirectUri = 'http://localhost:9/callback';
const maxHops = 10;

/** Who signs in at the local authorization server of a development server, and for what. */
export interface SignIn {
  /** The server that asked for it: a token for any other one is none of its business. */
  readonly endpoint: URL;
  readonly account: string;
  /** Exactly these scopes; undefined asks for those that the challenge names. */
  readonly scopes: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/** What signing in has brought. */
export interface SignedIn {
  readonly token: string;
  /** Who asked for it: a session belongs to one client, which keeps its registration when it asks for more. */
  readonly clientId: string;
}

/**
 * Answers a challenge (RFC 6750 section 3, RFC 9728 section 5.1) the way a client with a browser does, without one: metadata,
 * dynamic registration, PKCE, the sign-in page, code, token.
 * @throws {UserError} when users sign in elsewhere than on this machine, are refused, or the server names another resource than
 * itself (RFC 9728 section 3.3): it would get a token that opens somebody else.
 * @param registered - The client that has signed in before.
 */
export async function signInLocally(challenge: string, { endpoint: server, account, scopes, signal }: SignIn, registered?: string): Promise<SignedIn> {
  const parameter = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const json = async (url: URL, init: RequestInit = {}): Promise<Record<string, unknown>> => {
    const response = await fetch(url, { ...init, signal });
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok || typeof body !== 'object' || body === null) throw refused(`${url.href} answered ${response.status}.`);
    return body as Record<string, unknown>;
  };
  const metadata = parameter('resource_metadata');
  if (metadata === undefined || !URL.canParse(metadata) || new URL(metadata).origin !== server.origin) throw refused('Its challenge names no resource_metadata of its own.');
  const { resource, authorization_servers: servers } = await json(new URL(metadata));
  if (resource !== server.href) throw new UserError('usage', `It says that it is ${String(resource)}, and was asked as ${server.href}.`, { hint: 'Pass the address it goes by: --url' });
  const issuer = String(Array.isArray(servers) ? servers[0] : undefined);
  if (!URL.canParse(issuer) || !isLoopback(issuer)) {
    throw new UserError('usage', `Users sign in at ${issuer} there, which is not on this machine.`, { hint: 'Get a token for it and pass it: printf %s "$TOKEN" | mcp-gen call ... --token-stdin' });
  }
  const authority = await json(new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`));
  const endpoint = (name: string): URL => new URL(String(authority[name]));
  const registration = { client_name: 'mcp-gen call', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none', application_type: 'native' };
  const register = () => json(endpoint('registration_endpoint'), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(registration) });
  const clientId = registered ?? String((await register())['client_id']);
  const verifier = randomBytes(32).toString('base64url');
  const authorization = endpoint('authorization_endpoint');
  authorization.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    resource: String(resource),
    scope: scopes?.join(' ') ?? parameter('scope') ?? '',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const granted = await walk(authorization, account, signal);
  const code = granted.get('code');
  if (code === null) throw refused(`${issuer} refused ${account}: ${granted.get('error_description') ?? granted.get('error') ?? 'no reason given'}.`);
  const form = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, client_id: clientId, code_verifier: verifier, resource: String(resource) });
  const { access_token: token } = await json(endpoint('token_endpoint'), { method: 'POST', body: form });
  return { token: String(token), clientId };
}

/** Plays the browser and the person in it. @returns the query of the final redirect */
async function walk(start: URL, account: string, signal: AbortSignal): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let hop = 0; hop < maxHops; hop++) {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const response: Response = await fetch(url, { redirect: 'manual', headers: { cookie }, signal, ...(form && { method: 'POST', body: form }) });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) {
      const page = await response.text();
      if (!response.ok) throw refused(page.slice(0, 300));
      const people = [...page.matchAll(/name="account" value="([^"]*)"/g)].map(([, name = '']) => name);
      if (!people.includes(account)) throw new UserError('usage', `Nobody called ${JSON.stringify(account).slice(0, 40)} can sign in there.`, { hint: `--as ${people.join(', --as ')}` });
      form = new URLSearchParams({ account, action: 'allow' });
      for (const [, scope = ''] of page.matchAll(/name="scope" value="([^"]*)"/g)) form.append('scope', scope);
      continue;
    }
    url = new URL(location, url);
    form = undefined;
    if (url.href.startsWith(redirectUri)) return url.searchParams;
  }
  throw refused('The authorization server redirects in a circle.');
}

const refused = (why: string): UserError => new UserError('call_failed', `Signing in failed. ${why}`, { hint: 'Is `npm run dev` running, with its local authorization server?' });
