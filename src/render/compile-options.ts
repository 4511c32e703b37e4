import { helpers } from './helpers.ts';

/** Options of the precompilation in the build; the runtime trusts them. */
export const compileOptions = {
  noEscape: true,
  strict: true,
  knownHelpersOnly: true,
  knownHelpers: Object.fromEntries(Object.keys(helpers).map((name) => [name, true])),
} as const;
