import { defineConfig } from 'vitest/config';

/** Two forks, since the smallest machine of ours has two cores; a fork and not a thread, since the tests start workers themselves. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/samples/**'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
    env: { TZ: 'UTC' },
  },
});
