type Json = Readonly<Record<string, unknown>>;

/** Reads a JSON document; undefined when there is none. Never rejects. */
export type FetchJson = (url: string) => Promise<Json | undefined>;

/** What an authorization server says about itself. */
export interface ProviderMetadata {
  /** Where it was found. */
  readonly url: string;
  readonly document: Json;
}

/** RFC 8414 section 3.1 and OpenID Connect Discovery, in the order in which clients ask. */
export function metadataUrls(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return path === ''
    ? [`${origin}/.well-known/oauth-authorization-server`, `${origin}/.well-known/openid-configuration`]
    : [`${origin}/.well-known/oauth-authorization-server${path}`, `${origin}/.well-known/openid-configuration${path}`, `${origin}${path}/.well-known/openid-configuration`];
}

/** The first document that is there. */
export async function readMetadata(issuer: string, fetchJson: FetchJson): Promise<ProviderMetadata | undefined> {
  for (const url of metadataUrls(issuer)) {
    const document = await fetchJson(url);
    if (document !== undefined) return { url, document };
  }
  return undefined;
}

/** How clients that were never seen before can become known to it (2026-07-28, basic/authorization, client registration). */
export function registrationWays(document: Json): readonly string[] {
  return [
    ...(document['client_id_metadata_document_supported'] === true ? ['client ID metadata documents (CIMD)'] : []),
    ...(typeof document['registration_endpoint'] === 'string' ? ['dynamic registration (DCR, deprecated since 2026-07-28)'] : []),
  ];
}

export function supportsPkce(document: Json): boolean | undefined {
  const methods = document['code_challenge_methods_supported'];
  return Array.isArray(methods) ? methods.includes('S256') : undefined;
}

/** Whether a URL may be asked on the word of a server: https, or on this machine when the server is. Never an address inside somebody's network. */
export function mayAsk(url: string, isLoopback: boolean): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const local = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  if (local) return isLoopback;
  const inside = /^(?:10|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168|0)\.|^\[(?:f[cd]|fe80|::)|\.(?:internal|local)$/i.test(hostname);
  return protocol === 'https:' && !inside;
}
