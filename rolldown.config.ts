import { defineConfig } from 'rolldown';
import type { LogLevel, RolldownLog } from 'rolldown';
import { answerFlagsPlugin } from './src/build/answer-flags.ts';
import { bundledPackagesPlugin } from './src/build/bundled-packages.ts';
import { schemaPlugin } from './src/build/json-schema.ts';
import { templatesPlugin } from './src/build/templates.ts';

/** What both builds put in. */
const modules = new Set<string>();

function failOnWarning(level: LogLevel, log: RolldownLog): void {
  if (level === 'warn') throw new Error(log.message);
}

/** The two MCP SDKs are larger than all the rest and share zod with it: built apart, so that only `check --url` and `call` load them. */
const clients = defineConfig({
  input: { 'mcp-clients': 'src/check/probe/clients.ts' },
  platform: 'node',
  tsconfig: false,
  // The SDK's smaller validator of schemas, which it has for browsers.
  resolve: { conditionNames: ['browser', 'import', 'default'] },
  plugins: [bundledPackagesPlugin(modules)],
  output: { dir: 'dist', format: 'esm', minify: true, cleanDir: true, codeSplitting: false },
  onLog: failOnWarning,
});

const main = defineConfig({
  input: { 'create-mcp-server': 'src/bin/create-mcp-server.ts', 'mcp-gen': 'src/bin/mcp-gen.ts' },
  platform: 'node',
  tsconfig: false,
  plugins: [
    { name: 'mcp-clients', resolveId: (source, importer) => ((source === './clients.ts' && importer?.endsWith('/probe/probe.ts') === true) || source === '../check/probe/clients.ts' ? { id: './mcp-clients.js', external: true } : undefined) },
    templatesPlugin('templates'),
    answerFlagsPlugin(),
    schemaPlugin(),
    bundledPackagesPlugin(modules),
  ],
  output: {
    dir: 'dist',
    format: 'esm',
    minify: true,
    chunkFileNames: '[name]-[hash].js',
    // Every file that Node opens costs start-up time: what --help needs is one, what planning and writing need is another, what add needs a third.
    codeSplitting: {
      groups: [
        { name: 'core', test: /src\/(?:error|version|cli\/(?:program|report|io|commands\/create))|\/commander\/|answer-flags|package\.json/, priority: 2 },
        { name: 'repo', test: /src\/(?:answers|features|repo|tree)|\/zod\//, priority: 1 },
        { name: 'engine', test: /src\/render\//, priority: 1 },
        { name: 'add', test: /src\/(?:items|cli\/add\.|cli\/extend|plan\/add)|item-templates/ },
      ],
    },
  },
  onLog: failOnWarning,
});

export default [clients, main];
