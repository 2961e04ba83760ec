import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  // The examples import the package by its name: here its sources, as the other tests do.
  resolve: { alias: { 'shim-spec/checker': fileURLToPath(new URL('checker/index.ts', import.meta.url)) } },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 120_000,
    // A machine under load is slow, and not wrong: what never comes still fails.
    expect: { poll: { timeout: 30_000 } },
    reporters: ['default', './test/closing-line.ts'],
  },
});

export default config;
