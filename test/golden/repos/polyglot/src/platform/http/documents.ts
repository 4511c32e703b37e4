import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import type { ServerIdentity } from '../server/definition.js';

const CARD_SCHEMA = 'https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json';

/** How long security.txt says it is valid, in milliseconds; RFC 9116 asks for less than a year. */
const SECURITY_TXT_MS = 180 * 24 * 60 * 60 * 1_000;

/** The server card (SEP-2127); only a server with a registry name has one. */
export function serverCard({ registryName, title, version, description }: ServerIdentity, publicUrl: URL) {
  if (registryName === undefined) return undefined;
  const supportedProtocolVersions = ['2026-07-28', ...SUPPORTED_PROTOCOL_VERSIONS];
  return {
    $schema: CARD_SCHEMA,
    name: registryName,
    version,
    title: title.slice(0, 100),
    description: description.slice(0, 100),
    remotes: [{ type: 'streamable-http', url: publicUrl.href, supportedProtocolVersions }],
  };
}

/** The AI catalog that leads to the card. Its publisher is the domain, the reverse of the namespace. */
export function aiCatalog(registryName: string, publicUrl: URL) {
  const [namespace = '', name = ''] = registryName.split('/');
  const domain = namespace.split('.').toReversed().join('.');
  const entry = {
    identifier: `urn:air:${domain}:mcp:${name}`,
    type: 'application/mcp-server-card+json',
    url: `${publicUrl.href}/server-card`,
  };
  return { specVersion: '1.0', entries: [entry] };
}

/** RFC 9116. @param contact - A `mailto:` or `https:` URI. */
export function securityTxt(contact: string): string {
  return `Contact: ${contact}\nExpires: ${new Date(Date.now() + SECURITY_TXT_MS).toISOString()}\n`;
}
