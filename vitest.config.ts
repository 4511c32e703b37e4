import { defineConfig } from 'vitest/config';
import { answerFlagsPlugin } from './src/build/answer-flags.ts';
import { templatesPlugin } from './src/build/templates.ts';

const plugins = [templatesPlugin('templates'), answerFlagsPlugin()];

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      {
        plugins,
        test: {
          name: 'cli',
          include: ['test/**/*.test.ts'],
          exclude: ['test/generated/**', 'test/golden/repos/**', '**/node_modules/**'],
          testTimeout: 30_000,
        },
      },
      {
        plugins,
        test: {
          name: 'generated',
          include: ['test/generated/**/*.test.ts'],
          globalSetup: ['test/generated/workspace.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
