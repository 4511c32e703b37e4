import { defineConfig } from 'vitest/config';

// What was built, started and talked to over its real transport: npm run test:e2e
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 30_000,
  },
});
