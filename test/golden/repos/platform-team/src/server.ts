import manifest from '../package.json' with { type: 'json' };
import type { RegisterHook, ServerIdentity } from './platform/server/definition.js';

/** How this server presents itself to clients and models. */
export const identity: ServerIdentity = {
  name: '@acme/team-notes',
  title: 'Team notes',
  version: manifest.version,
  description: 'Notes of a team, one server for all of them.',
  instructions: 'Notes of a team, one server for all of them.',
  registryName: 'com.example.acme/team-notes',
  securityContact: 'https://example.com/security',
};

/**
 * For what the define functions do not cover: registers directly on the SDK's
 * server. Called anew for every request, except where a tool of `src/tools` is
 * called by name: keep schemas outside of it.
 */
export const register: RegisterHook = (_server, _context) => {};
