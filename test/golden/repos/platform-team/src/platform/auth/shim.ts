import { answerJson, refuse } from '../http/answer.js';
import type { Router } from '../http/router.js';
import type { Log } from '../observe/log.js';
import { createBackOff } from './back_off.js';
import { discover, type ServerMetadata } from './discovery.js';
import { allowAnyOrigin, PUBLIC_DOCUMENT } from './metadata.js';
import type { Trust } from './settings.js';

/** The copy is fetched anew this often, in milliseconds. */
const MAX_AGE_MS = 60 * 60_000;

/**
 * Serves a copy of the provider's metadata that says that PKCE works: Entra and
 * Cognito support it but do not advertise it, and strict clients then stop.
 * Only the document is ours; every endpoint in it is the provider's. The price:
 * clients file their registration under our origin, and a mix-up of
 * authorization servers goes unnoticed. Therefore off by default.
 */
export function addMetadataShim(app: Router, { issuer }: Trust, origin: string, log: Log): void {
  const guarded = createBackOff('auth.metadata_unavailable', issuer, log);
  let copy: { readonly document: ServerMetadata; readonly until: number } | undefined;
  const path = '/.well-known/oauth-authorization-server';
  app.options(path, ({ req }) => allowAnyOrigin(req.raw));
  app.get(path, async () => {
    try {
      if (!copy || Date.now() > copy.until) {
        const document = await guarded(async () => adapt(await discover(issuer), origin));
        copy = { document, until: Date.now() + MAX_AGE_MS };
      }
      return answerJson(copy.document, 200, PUBLIC_DOCUMENT);
    } catch {
      return unavailable();
    }
  });
}

/** @throws when the provider sends `iss` (RFC 9207): clients would compare it with the issuer of the copy and refuse. */
function adapt(metadata: ServerMetadata, origin: string): ServerMetadata {
  if (metadata['authorization_response_iss_parameter_supported'] === true) throw new Error('the provider sends iss');
  return { ...metadata, issuer: origin, code_challenge_methods_supported: ['S256'] };
}

const unavailable = (): Response =>
  refuse(
    503,
    'The metadata of the authorization server is not available.',
    'Operator: can this machine reach it? Does it send iss now? Then set OAUTH_METADATA_SHIM=false',
    { 'retry-after': '5' },
  );
