import manifest from '../package.json' with { type: 'json' };
import type { RegisterHook, ServerIdentity } from './platform/server/definition.js';

/** How this server presents itself to clients and models. */
export const identity: ServerIdentity = {
  name: '@acme/desk-notes',
  title: 'Desk Notes',
  version: manifest.version,
  description: 'Desk Notes: an MCP server.',
  instructions: 'Desk Notes: an MCP server.',
  registryName: 'com.example.acme/desk-notes',
  securityContact: 'mailto:security@example.com',
};

/**
 * For what the define functions do not cover: registers directly on the SDK's
 * server. Called anew for every request, except where a tool of `src/tools` is
 * called by name: keep schemas outside of it.
 */
export const register: RegisterHook = (_server, _context) => {};
