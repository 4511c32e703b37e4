import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, copyRepo, once, writeIndexes } from '../wire/probe.ts';

const probe = fileURLToPath(new URL('./probe/src', import.meta.url));

/** What `mcp-gen add tool --kind workflow` brings with a tool: one of the tools here works in steps. */
export const steps = fileURLToPath(new URL('../../../templates/items/steps/src/steps.ts', import.meta.url));

/** A repository whose tools do nothing but ask upstreams, built once. */
export const upstreamRepo = (name: 'http-notes' | 'http-redis' = 'http-notes'): Promise<string> =>
  once(`upstream-${name}`, async (at) => {
    copyRepo(name, at);
    cpSync(probe, path.join(at, 'src'), { recursive: true });
    cpSync(steps, path.join(at, 'src/steps.ts'));
    writeIndexes(at);
    await build(at);
  });
