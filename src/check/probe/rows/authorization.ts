import { fail, inapplicable, pass, unknown, warn } from '../../rule.ts';
import type { Outcome } from '../../rule.ts';
import { mayAsk, readMetadata, registrationWays, supportsPkce } from '../../provider/metadata.ts';
import { audiencesOf, readToken, unsigned } from '../../provider/token.ts';
import { modernAsk, objectOf } from '../message.ts';
import { judged, shown } from '../row.ts';
import type { Facts, ProbeRow } from '../row.ts';
import type { Wire } from '../wire.ts';

const open = 'nobody is signed in';

function whereProtected(facts: Facts, probe: () => Promise<Outcome>): Promise<Outcome> | Outcome {
  return facts.isProtected ? probe() : inapplicable(open);
}

/** The parameters of the Bearer challenge (RFC 9110 section 11.6.1). */
function challengeOf({ anonymous }: Facts): Readonly<Record<string, string>> {
  const value = /^Bearer\b(.*)$/i.exec(anonymous.headers['www-authenticate'] ?? '')?.[1];
  return value === undefined ? {} : Object.fromEntries([['scheme', 'Bearer'], ...[...value.matchAll(/([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(([, name = '', quoted, bare]) => [name, quoted ?? bare ?? ''])]);
}

/** The protected-resource metadata, from where the challenge says. Asked only where the server itself answers (RFC 9728 section 3). */
async function metadataOf(facts: Facts): Promise<{ readonly url: string; readonly document: Readonly<Record<string, unknown>> | undefined; readonly isElsewhere: boolean }> {
  const { endpoint } = facts.wire;
  const url = challengeOf(facts)['resource_metadata'] ?? `${endpoint.origin}/.well-known/oauth-protected-resource${endpoint.pathname}`;
  const isElsewhere = !URL.canParse(url) || new URL(url).origin !== endpoint.origin;
  return { url, isElsewhere, document: isElsewhere ? undefined : await documentAt(facts.wire, url) };
}

async function documentAt(wire: Wire, url: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const answer = await wire.sendBare({ method: 'GET', url, headers: { accept: 'application/json' }, about: `GET ${url}` });
  return answer.status === 200 && typeof answer.json === 'object' && answer.json !== null ? (answer.json as Record<string, unknown>) : undefined;
}

export const authorizationRows: readonly ProbeRow[] = [
  {
    id: 'challenge',
    title: '401 that says where to sign in',
    why: 'A client that is only told "no" has no way to become allowed.',
    probe(facts) {
      const { anonymous, isLoopback } = facts;
      if (anonymous.status === 200) return isLoopback ? inapplicable(`${open}: reached on this machine only`) : fail('anyone who reaches it may call', [shown(anonymous)], 'Answer 401 with WWW-Authenticate: Bearer resource_metadata="..." to a call without a token');
      if (!facts.isProtected) return unknown('the server answered neither the call nor with 401');
      const { scheme, resource_metadata: metadata, error } = challengeOf(facts);
      if (scheme === undefined) return fail('401 without a Bearer challenge', [shown(anonymous)], 'WWW-Authenticate: Bearer resource_metadata="https://.../.well-known/oauth-protected-resource/mcp"');
      if (metadata === undefined) return fail('the challenge does not name the metadata', [shown(anonymous)], 'WWW-Authenticate: Bearer resource_metadata="https://.../.well-known/oauth-protected-resource/mcp"');
      return error === undefined ? pass('Bearer, with resource_metadata', [shown(anonymous)]) : pass('Bearer, with resource_metadata (and an error that RFC 6750 has only for tokens that were sent)', [shown(anonymous)]);
    },
  },
  {
    id: 'metadata',
    title: 'Protected-resource metadata',
    why: 'It names the resource tokens must be issued for; a wrong one makes every token wrong.',
    probe: (facts) => whereProtected(facts, async () => {
      const { url, document, isElsewhere } = await metadataOf(facts);
      if (isElsewhere) return fail('the challenge points to another host', [{ text: url }], 'Serve it at the origin of the endpoint (RFC 9728 section 3)');
      if (document === undefined) return fail('there is none where the challenge says', [{ text: `GET ${url}` }], 'Serve RFC 9728 metadata there');
      const { endpoint } = facts.wire;
      const seen = [{ text: `GET ${url} -> ${JSON.stringify(document).slice(0, 240)}` }];
      const { resource } = document;
      if (typeof resource !== 'string' || !isResource(resource, endpoint)) return fail(`its resource is ${String(resource)}, and this is ${endpoint.href}`, seen, `"resource": "${endpoint.href}"`);
      const servers = document['authorization_servers'];
      if (!Array.isArray(servers) || servers.length === 0) return fail('it names no authorization server', seen, '"authorization_servers": ["https://issuer.example"]');
      const { scopes_supported: scopes } = document;
      if (Array.isArray(scopes) && scopes.includes('offline_access')) return warn('it advertises offline_access: clients then ask for refresh tokens nobody wanted', seen);
      return pass(`for ${resource}, at ${servers.join(', ')}`, seen);
    }),
  },
  {
    id: 'authorization-server',
    title: 'Authorization server behind it',
    why: 'Without PKCE a stolen code is a stolen session; without a way to register, unknown clients stay out.',
    probe: (facts) => whereProtected(facts, async () => {
      const { document } = await metadataOf(facts);
      const [issuer] = Array.isArray(document?.['authorization_servers']) ? (document['authorization_servers'] as unknown[]) : [];
      if (typeof issuer !== 'string') return unknown('the metadata names none');
      if (!mayAsk(issuer, facts.isLoopback)) return fail('its address is not one a client would ask', [{ text: issuer }], 'An https address of the internet');
      const found = await readMetadata(issuer, (url) => documentAt(facts.wire, url));
      if (found === undefined) return fail('it has no metadata', [{ text: issuer }]);
      const ways = registrationWays(found.document);
      const seen = [{ text: `${found.url}: registration ${ways.join(', ') || 'by hand only'}; PKCE ${JSON.stringify(found.document['code_challenge_methods_supported'] ?? 'not said')}` }];
      if (found.document['issuer'] !== issuer) return fail(`it calls itself ${String(found.document['issuer'])}`, seen, 'The issuer must be the same text everywhere, to the last slash');
      if (supportsPkce(found.document) !== true) return warn('it does not say that it supports PKCE with S256: strict clients stop here', seen);
      return ways.length === 0 ? warn('clients have to be registered by hand', seen) : pass(`PKCE with S256; ${ways.join(', ')}`, seen);
    }),
  },
  {
    id: 'bad-tokens',
    title: 'Bad tokens refused',
    why: 'A gate that looks at the shape of a token and not at its signature is open.',
    probe: (facts) => whereProtected(facts, async () => {
      const { wire } = facts;
      const { body = '', headers = {} } = modernAsk('tools/list');
      const claims = { iss: 'https://issuer.example', sub: 'mcp-gen-check', aud: wire.endpoint.href, exp: 4_102_444_800, scope: 'openid' };
      const url = new URL(wire.endpoint);
      url.searchParams.set('access_token', wire.token ?? 'x');
      const forged = unsigned(wire.token === undefined ? claims : (readToken(wire.token)?.claims ?? claims));
      const answers = [];
      for (const [about, authorization] of [['a token nobody issued', 'Bearer mcp-gen-check'], ['a token without a signature (alg none)', `Bearer ${forged}`], ['Basic instead of Bearer', 'Basic bWNwOmdlbg==']] as const) {
        answers.push(await wire.sendBare({ about, headers: { ...headers, authorization }, body }));
      }
      const inQuery = await wire.sendBare({ about: 'a token in the query', url: url.href, headers, body });
      // 400 where what was sent is no way to send a token (RFC 6750 section 3.1).
      return judged('each answered with 401 or 400', [...answers, inQuery].map((answer) => [answer, answer.status === 401 || answer.status === 400] as const), 'let in, or answered with something else than 401 or 400');
    }),
  },
  {
    id: 'audience',
    title: 'Only tokens for this server',
    why: 'A server that takes tokens for others is a door to whatever those tokens open, and the other way round.',
    probe: (facts) => whereProtected(facts, async () => {
      const { wire, isAdmitted } = facts;
      if (wire.token === undefined) return unknown('needs a token to look at: --token-stdin');
      const read = readToken(wire.token);
      if (read === undefined) return unknown('the token is opaque: its audience is known to the server alone');
      const audiences = audiencesOf(read.claims);
      const { document } = await metadataOf(facts);
      const expected = [wire.endpoint.href, String(objectOf(document)['resource'] ?? wire.endpoint.href)];
      const isOurs = audiences.some((audience) => expected.some((one) => same(one, audience)));
      const seen = [{ text: `expected ${expected[1] ?? ''}, received ${audiences.join(', ') || 'none'} -> ${isAdmitted ? 'let in' : 'refused'}` }];
      if (isOurs) return isAdmitted ? pass('the token is for this server', seen) : fail('a token for this server is refused', seen, 'mcp-gen check auth --token-stdin compares the rest');
      return isAdmitted ? fail('a token for another audience is let in', seen, 'Compare aud with the resource of the metadata (RFC 8707)') : pass('a token for another audience is refused', seen);
    }),
  },
];

/** A resource may be the endpoint, or a prefix that it is below; a trailing slash makes no difference. */
function isResource(resource: string, endpoint: URL): boolean {
  if (!URL.canParse(resource)) return false;
  const { origin, pathname } = new URL(resource);
  return origin === endpoint.origin && (same(resource, endpoint.href) || `${endpoint.pathname}/`.startsWith(pathname.endsWith('/') ? pathname : `${pathname}/`));
}

function same(a: string, b: string): boolean {
  return a.replace(/\/$/, '') === b.replace(/\/$/, '');
}
