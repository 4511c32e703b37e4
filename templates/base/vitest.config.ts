import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**'],
    testTimeout: 10_000,
    // What tests print that pass stays out of the way; --silent=false shows it.
    silent: 'passed-only',
  },
});
