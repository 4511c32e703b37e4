import manifest from '../package.json' with { type: 'json' };

/** Version of this package: written into every generated repo, so that it can be planned again. */
export const version = manifest.version;
