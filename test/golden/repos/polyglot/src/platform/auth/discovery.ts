import { fetchJson } from './fetch_json.js';

/** Metadata of an authorization server (RFC 8414, OpenID Connect Discovery), as far as it is used here. */
export interface ServerMetadata {
  readonly issuer: string;
  readonly [field: string]: unknown;
}

/**
 * Finds the metadata of an issuer where clients look for it, in their order
 * (MCP 2026-07-28, authorization server discovery). The `issuer` in it has to
 * be the same, character by character (RFC 8414 section 3.3).
 *
 * @throws when no place has such a document.
 */
export async function discover(issuer: string): Promise<ServerMetadata> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  const places = new Set([
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]);
  const failures: unknown[] = [];
  for (const place of places) {
    try {
      const metadata: unknown = await fetchJson(place);
      if (isMetadataOf(issuer, metadata)) return metadata;
      failures.push(new Error('its issuer is another one'));
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, 'no metadata');
}

function isMetadataOf(issuer: string, metadata: unknown): metadata is ServerMetadata {
  return typeof metadata === 'object' && metadata !== null && 'issuer' in metadata && metadata.issuer === issuer;
}
