import { createHash, randomBytes } from 'node:crypto';

/** Where no browser is, the redirect goes nowhere: only its query is read. */
const REDIRECT_URI = 'http://localhost:9/callback';

const MAX_HOPS = 10;

/**
 * Plays the browser and the person in it: follows an authorization URL through
 * the sign-in page.
 *
 * @returns the query of the final redirect: `code`, `state` and `iss`, or `error`.
 */
export async function signInAs(
  account: string,
  authorizationUrl: URL,
  choice: { action?: 'allow' | 'deny'; scopes?: readonly string[] } = {},
): Promise<URLSearchParams> {
  const redirectUri = authorizationUrl.searchParams.get('redirect_uri') ?? '';
  const cookies = new Map<string, string>();
  let url = authorizationUrl;
  let form: URLSearchParams | undefined;
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response: Response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form && { method: 'POST', body: form }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      form = undefined;
      if (redirectUri !== '' && url.href.startsWith(redirectUri)) return url.searchParams;
      continue;
    }
    const page = await response.text();
    if (!response.ok) throw new Error(`The authorization server answered ${response.status}: ${page.slice(0, 500)}`);
    const offered = [...page.matchAll(/name="scope" value="([^"]*)"/g)].map(([, scope = '']) => scope);
    const scopes = choice.scopes ?? offered;
    form = new URLSearchParams({ account, action: choice.action ?? 'allow' });
    for (const scope of scopes) form.append('scope', scope);
  }
  throw new Error('The authorization server redirects in a circle.');
}

/** A token of the local authorization server, the way a client gets one: registration, PKCE, sign-in, code. */
export async function obtainToken(issuer: string, resource: string, account: string, scopes: readonly string[]): Promise<string> {
  const json = async (path: string, init: RequestInit): Promise<Record<string, unknown>> => {
    const response = await fetch(new URL(path, issuer), init);
    const body = (await response.json()) as Record<string, unknown>;
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(body)}`);
    return body;
  };
  const { client_id: clientId } = await json('/reg', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'headless',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    }),
  });
  const verifier = randomBytes(32).toString('base64url');
  const authorization = new URL('/auth', issuer);
  authorization.search = new URLSearchParams({
    client_id: String(clientId),
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    resource,
    scope: scopes.join(' '),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const code = (await signInAs(account, authorization)).get('code') ?? '';
  const { access_token: token } = await json('/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      client_id: String(clientId),
      code_verifier: verifier,
      resource,
    }),
  });
  return String(token);
}
