import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, copyRepo, once, writeIndexes } from '../wire/probe.ts';

const probe = fileURLToPath(new URL('./probe/src', import.meta.url));

/** A repository whose tools do nothing but ask upstreams, built once. */
export const upstreamRepo = (name: 'http-notes' | 'http-redis' = 'http-notes'): Promise<string> =>
  once(`upstream-${name}`, async (at) => {
    copyRepo(name, at);
    cpSync(probe, path.join(at, 'src'), { recursive: true });
    writeIndexes(at);
    await build(at);
  });
