import { createRequire } from 'node:module';

const platform = `${process.platform}-${process.arch}`;

/**
 * koffi: calls of C functions. Its native half is loaded without the package `koffi`, which is needed for its types alone.
 *
 * Why: `koffi` has an install script, and npm tells each user of a script that it did not run.
 */
export const koffi: typeof import('koffi') = load();

function load(): typeof import('koffi') {
  try {
    return createRequire(import.meta.url)(`@koromix/koffi-${platform}`);
  } catch (cause) {
    throw new Error(
      `cannot call C functions on ${platform} (allowed: linux-x64, linux-arm64): install shim-spec there with its optional dependencies`,
      { cause },
    );
  }
}
