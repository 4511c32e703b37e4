// @ts-nocheck -- takes the place of src/server.ts in a generated repo (../../conformance.test.ts)
import manifest from '../package.json' with { type: 'json' };
import { registerChanges } from './fixtures/changes.ts';
import { registerContent } from './fixtures/content.ts';
import { registerPrompts } from './fixtures/prompts.ts';
import { registerPushes } from './fixtures/pushes.ts';
import { registerResources } from './fixtures/resources.ts';
import { registerRounds } from './fixtures/rounds.ts';
import { registerSchemas } from './fixtures/schemas.ts';

export const identity = {
  name: 'conformance',
  title: 'Conformance',
  version: manifest.version,
  description: 'Every fixture of the official suite.',
  instructions: 'For the official suite only.',
};

export const register = (server, { era, requestState, publish }) => {
  registerContent(server);
  registerSchemas(server);
  registerChanges(server, publish);
  registerRounds(server, requestState);
  registerPushes(server);
  registerResources(server, era);
  registerPrompts(server);
};
