import { getOAuthProtectedResourceMetadataUrl } from '@modelcontextprotocol/server';
import { answerJson } from '../http/answer.js';
import type { Router } from '../http/router.js';
import type { Trust } from './settings.js';

/** Public, and the same for everyone: read by browsers from any origin. */
export const PUBLIC_DOCUMENT = { 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=300' } as const;

const ROOT = '/.well-known/oauth-protected-resource';

/** The URL of the metadata that belongs to this resource (RFC 9728 section 3.1). */
export function metadataUrl({ resource }: Trust): string {
  return getOAuthProtectedResourceMetadataUrl(new URL(resource));
}

/**
 * Serves the protected resource metadata (RFC 9728) where clients look for it.
 * It is built from the configuration alone, so that no Host header can change it.
 *
 * @param scopes - The scopes to ask for at first, as clients request them.
 * @param authorizationServer - The issuer, or who stands in for its metadata.
 */
export function addResourceMetadata(
  app: Router,
  trust: Trust,
  title: string,
  scopes: readonly string[],
  authorizationServer: string,
): void {
  const document = {
    resource: trust.resource,
    authorization_servers: [authorizationServer],
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    resource_name: title,
  };
  for (const path of new Set([ROOT, new URL(metadataUrl(trust)).pathname])) {
    app.get(path, () => answerJson(document, 200, PUBLIC_DOCUMENT));
    app.options(path, ({ req }) => allowAnyOrigin(req.raw));
  }
}

/** Browser clients announce headers of their own, such as MCP-Protocol-Version. */
export function allowAnyOrigin({ headers }: Request): Response {
  const wanted = headers.get('access-control-request-headers');
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      ...(wanted !== null && { 'access-control-allow-headers': wanted, vary: 'access-control-request-headers' }),
    },
  });
}
