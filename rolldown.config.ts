import { defineConfig } from 'rolldown';
import { answerFlagsPlugin } from './src/build/answer-flags.ts';
import { bundledPackagesPlugin } from './src/build/bundled-packages.ts';
import { schemaPlugin } from './src/build/json-schema.ts';
import { templatesPlugin } from './src/build/templates.ts';

export default defineConfig({
  input: { 'create-mcp-server': 'src/bin/create-mcp-server.ts', 'mcp-gen': 'src/bin/mcp-gen.ts' },
  platform: 'node',
  tsconfig: false,
  plugins: [templatesPlugin('templates'), answerFlagsPlugin(), schemaPlugin(), bundledPackagesPlugin()],
  output: {
    dir: 'dist',
    format: 'esm',
    minify: true,
    cleanDir: true,
    chunkFileNames: '[name]-[hash].js',
    // Every file that Node opens costs start-up time: what --help needs is one, what planning and writing need is another.
    codeSplitting: {
      groups: [
        { name: 'core', test: /src\/(?:error|version|cli\/(?:program|report))|\/commander\/|answer-flags|package\.json/, priority: 2 },
        { name: 'repo', test: /src\/(?:answers|features|repo|tree)|\/zod\//, priority: 1 },
      ],
    },
  },
  onLog: (level, log) => {
    if (level === 'warn') throw new Error(log.message);
  },
});
