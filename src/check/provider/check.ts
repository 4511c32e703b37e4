import type { Row } from '../check.ts';
import { Wire } from '../probe/wire.ts';
import { fail, pass, unknown, warn } from '../rule.ts';
import type { Outcome } from '../rule.ts';
import { isSignedBy, readKeys } from './keys.ts';
import type { ProviderKey } from './keys.ts';
import { metadataUrls, readMetadata, registrationWays, supportsPkce } from './metadata.ts';
import type { ProviderMetadata } from './metadata.ts';
import { judgeToken } from './token-rows.ts';
import type { Trust } from './trust.ts';

type Json = Readonly<Record<string, unknown>>;

/** What was found, and how much was asked for it. */
export interface ProviderCheck {
  readonly rows: readonly Row[];
  readonly requests: number;
}

/** Asks an identity provider what it says of itself, and holds a token against what a server expects. Nothing is registered, nobody signs in. */
export async function checkProvider(trust: Trust, token: string | undefined, signal: AbortSignal): Promise<ProviderCheck> {
  const wire = new Wire(new URL(trust.issuer), undefined, signal);
  const fetchJson = async (url: string): Promise<Json | undefined> => {
    const { status, json } = await wire.sendBare({ method: 'GET', url, headers: { accept: 'application/json' }, about: `GET ${url}` });
    return status === 200 && typeof json === 'object' && json !== null ? (json as Json) : undefined;
  };
  const metadata = await readMetadata(trust.issuer, fetchJson);
  const jwksUri = trust.jwksUri ?? (typeof metadata?.document['jwks_uri'] === 'string' ? metadata.document['jwks_uri'] : undefined);
  const jwks = jwksUri === undefined ? undefined : await fetchJson(jwksUri);
  const read = jwks === undefined ? undefined : readKeys(jwks);
  const rows: Row[] = [
    row('provider-metadata', 'Metadata', 'Clients and servers find everything else through it, and compare the issuer letter by letter.', metadataOutcome(trust, metadata)),
    row('provider-keys', 'Keys', 'A server that can\'t read the keys can\'t tell a token from a forgery, and answers 503.', keysOutcome(jwksUri, read)),
    row('provider-pkce', 'PKCE', 'Without it a stolen code is a stolen session, and strict clients stop before the login page.', pkceOutcome(metadata)),
    row('provider-registration', 'Ways to register', 'A client that nobody registered can only come in by one of them.', registrationOutcome(metadata)),
    ...tokenRows(trust, token, read?.keys),
  ];
  return { rows, requests: wire.sent };
}

function row(id: string, title: string, why: string, outcome: Outcome): Row {
  return { id, part: 'provider', title, why, ...outcome };
}

function metadataOutcome({ issuer }: Trust, metadata: ProviderMetadata | undefined): Outcome {
  if (metadata === undefined) return fail('there is none', metadataUrls(issuer).map((url) => ({ text: `GET ${url} -> no JSON document` })), 'Is the issuer exactly the iss of its tokens? A last slash, a realm or a tenant may be missing.');
  const said = metadata.document['issuer'];
  const seen = [{ text: `GET ${metadata.url} -> issuer ${String(said)}` }];
  if (said !== issuer) return fail(`it calls itself ${String(said)}`, seen, `OAUTH_ISSUER=${String(said)}`);
  const missing = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'].filter((key) => typeof metadata.document[key] !== 'string');
  return missing.length > 0 ? warn(`it lacks ${missing.join(', ')}`, seen) : pass(`at ${metadata.url}`, seen);
}

function keysOutcome(jwksUri: string | undefined, read: ReturnType<typeof readKeys> | undefined): Outcome {
  if (jwksUri === undefined) return fail('nothing says where they are', [], 'OAUTH_JWKS_URI=https://.../jwks.json');
  if (read === undefined) return fail('there are none where the metadata says', [{ text: `GET ${jwksUri}` }]);
  const { keys, faults } = read;
  const seen = keys.map(({ kid, key }) => ({ text: `${kid}: ${key.asymmetricKeyType ?? ''} ${String(key.asymmetricKeyDetails?.modulusLength ?? key.asymmetricKeyDetails?.namedCurve ?? '')}`.trim() }));
  return faults.length > 0 ? fail(faults.join('; '), seen) : pass(`${keys.length} at ${jwksUri}`, seen);
}

function pkceOutcome(metadata: ProviderMetadata | undefined): Outcome {
  if (metadata === undefined) return unknown('there is no metadata');
  const seen = [{ text: `code_challenge_methods_supported ${JSON.stringify(metadata.document['code_challenge_methods_supported'] ?? 'not said')}` }];
  const supported = supportsPkce(metadata.document);
  if (supported === undefined) return warn('it does not say; strict clients stop here', seen, 'OAUTH_METADATA_SHIM=true   # where docs/auth.md offers it');
  return supported ? pass('S256', seen) : fail('S256 is not supported', seen);
}

function registrationOutcome(metadata: ProviderMetadata | undefined): Outcome {
  if (metadata === undefined) return unknown('there is no metadata');
  const ways = registrationWays(metadata.document);
  const seen = [{ text: `client_id_metadata_document_supported ${String(metadata.document['client_id_metadata_document_supported'] ?? 'not said')}, registration_endpoint ${String(metadata.document['registration_endpoint'] ?? 'none')}` }];
  return ways.length === 0 ? warn('by hand only: every client needs an id that an administrator made', seen) : pass(ways.join(', '), seen);
}

function tokenRows(trust: Trust, token: string | undefined, keys: readonly ProviderKey[] | undefined): Row[] {
  if (token === undefined) return [];
  return judgeToken(token, trust, keys === undefined ? undefined : (header) => isSignedBy(token, header, keys)).map(({ id, title, why, outcome }) => row(id, title, why, outcome));
}
