import manifest from '../package.json' with { type: 'json' };
import type { RegisterHook, ServerIdentity } from './platform/server/definition.js';

/** How this server presents itself to clients and models. */
export const identity: ServerIdentity = {
  name: 'polyglot-server',
  title: 'Nöte "keeper" ${x} {{y}} 日本',
  version: manifest.version,
  description: 'Keeps \'notes\' `safe` \\ and */ sound --> ${HOME} {{z}} #{q} %s שלום 🗒',
  instructions: 'Keeps \'notes\' `safe` \\ and */ sound --> ${HOME} {{z}} #{q} %s שלום 🗒',
};

/**
 * For what the define functions do not cover: registers directly on the SDK's
 * server. Called anew for every request, except where a tool of `src/tools` is
 * called by name: keep schemas outside of it.
 */
export const register: RegisterHook = (_server, _context) => {};
