import type { Runtime } from '../runtime.js';
import { answerJson } from './answer.js';
import type { HttpConfig } from './config.js';
import type { Router } from './router.js';

/** Discovery documents; every URL in them comes from the configuration, never from the request. */
export function addWellKnown(app: Router, { identity, toolNames }: Runtime, { publicUrl, PUBLIC_TOOL_NAMES }: HttpConfig): void {
  const summary = {
    name: identity.name,
    title: identity.title,
    version: identity.version,
    endpoint: publicUrl.href,
    transport: 'streamable-http',
    auth: 'none',
    docs: 'https://modelcontextprotocol.io',
    ...(PUBLIC_TOOL_NAMES && { tools: toolNames }),
  };
  app.get('/', () => answerJson(summary));
}
