import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** More than this, and tests of real containers wait for the kernel and for each other. */
const workersMax = 4;

const config: ViteUserConfig = defineConfig({
  // The examples import the package by its name: here its sources, as the other tests do.
  resolve: { alias: { 'shim-spec/checker': fileURLToPath(new URL('checker/index.ts', import.meta.url)) } },
  test: {
    // A machine under load is slow, and not wrong: what never comes still fails.
    expect: { poll: { timeout: 30_000 } },
    // A hook may install Debian's packages.
    hookTimeout: 600_000,
    maxWorkers: Math.min(availableParallelism(), workersMax),
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{deep,go,rust,criu}.test.ts'],
          testTimeout: 180_000,
          // Node parses these certificates at each start, and no quick test speaks TLS.
          env: { NODE_EXTRA_CA_CERTS: '' },
          provide: { isDeep: false, containerd: '' },
        },
      },
      {
        extends: true,
        test: {
          name: 'deep',
          include: ['test/**/*.deep.test.ts'],
          testTimeout: 900_000,
          provide: { isDeep: true, containerd: '' },
        },
      },
      {
        extends: true,
        test: {
          name: 'go',
          include: ['test/**/*.go.test.ts'],
          testTimeout: 900_000,
          provide: { isDeep: true, containerd: 'v2.3.4' },
        },
      },
      {
        extends: true,
        test: {
          name: 'rust',
          include: ['test/**/*.rust.test.ts'],
          // cargo builds a shim.
          hookTimeout: 3_600_000,
          testTimeout: 900_000,
          provide: { isDeep: true, containerd: '' },
        },
      },
      {
        extends: true,
        test: {
          name: 'criu',
          include: ['test/**/*.criu.test.ts'],
          testTimeout: 900_000,
          provide: { isDeep: true, containerd: 'v2.3.4' },
        },
      },
    ],
  },
});

export default config;
