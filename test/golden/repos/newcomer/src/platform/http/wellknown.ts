import { toHex } from '../observe/digest.js';
import type { Runtime } from '../runtime.js';
import { answerJson } from './answer.js';
import type { HttpConfig } from './config.js';
import type { Edge } from './edge.js';
import type { Router } from './router.js';
import { aiCatalog, securityTxt, serverCard } from './documents.js';

/** Server cards and catalogs are read by web pages of any origin (SEP-2127). */
const OPEN = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET',
  'access-control-allow-headers': 'content-type, if-none-match',
  'access-control-expose-headers': 'etag',
  'cache-control': 'public, max-age=3600',
} as const;

/** Discovery documents; every URL in them comes from the configuration, never from the request. */
export function addWellKnown(app: Router, { identity, catalog }: Runtime, config: HttpConfig, auth: string, edge: Edge): void {
  const { name, title, version, securityContact } = identity;
  const endpoint = config.publicUrl.href;
  const tools = config.PUBLIC_TOOL_NAMES ? { tools: catalog.tools.map((tool) => tool.name) } : {};
  const docs = 'https://modelcontextprotocol.io';
  const summary = { name, title, version, endpoint, transport: 'streamable-http', auth, docs, ...tools };
  app.get('/', ({ req }) => edge(req.raw) ?? answerJson(summary));

  const publish = (path: string, type: string, document: object): void => {
    const hash = crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(document)));
    app.get(path, async ({ req }) => {
      const refusal = edge(req.raw, { anyOrigin: true });
      if (refusal) return refusal;
      const headers = { ...OPEN, 'content-type': type, etag: `"${toHex(new Uint8Array(await hash)).slice(0, 16)}"` };
      const isKnown = req.header('if-none-match') === headers.etag;
      return isKnown ? new Response(null, { status: 304, headers }) : answerJson(document, 200, headers);
    });
  };
  const card = serverCard(identity, config.publicUrl);
  if (card) {
    publish(`${config.publicUrl.pathname}/server-card`, 'application/mcp-server-card+json', card);
    publish('/.well-known/ai-catalog.json', 'application/ai-catalog+json', aiCatalog(card.name, config.publicUrl));
  }
  if (securityContact !== undefined) {
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    const file = (): Response => new Response(securityTxt(securityContact), { headers });
    app.get('/.well-known/security.txt', ({ req }) => edge(req.raw, { anyOrigin: true }) ?? file());
  }
}
