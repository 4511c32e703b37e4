import type { Feature } from './feature.ts';

/** What every generated repo has, whatever the answers. */
export const base: Feature = {
  id: 'base',
  title: 'MCP server',
  hint: 'TypeScript, tests, both protocol eras',
  templates: ['base'],
  dependencies: ['@modelcontextprotocol/server', 'zod'],
  devDependencies: ['@modelcontextprotocol/client', '@types/node', 'esbuild', 'oxlint', 'tsx', 'typescript', 'vitest'],
  scripts: {
    // The banner is for packages that are CommonJS, as many drivers are.
    build: `esbuild {entries} --bundle --platform=node --target=node20.19 --format=esm --sourcemap --log-level=warning --outdir=dist "--banner:js=import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"`,
    test: 'vitest run',
    'test:e2e': '{run} build && vitest run --config vitest.e2e.config.ts',
    typecheck: 'tsc --noEmit',
    lint: 'oxlint --deny-warnings',
    lock: 'tsx dev/lock.ts',
    verify: '{run} lint && {run} typecheck && {run} test',
    inspect: 'node dev/inspect.mjs',
  },
  environment: [
    { name: 'NODE_ENV', value: 'development', about: 'production turns the checks for production on' },
    { name: 'LOG_LEVEL', value: 'info', about: 'debug, info, warn, error or silent; audit records are written whatever it says' },
    { name: 'TOOL_PROFILE', value: 'all', about: 'all tools, or write: none that destroys, or read: none that changes anything' },
    {
      name: 'MCP_SECRET',
      value: '',
      about: 'base64, 32 bytes or more, the same on every instance (openssl rand -base64 32); a comma-separated list rotates: the first signs, all verify. Required in production over HTTP',
    },
  ],
};
