import { existsSync, readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/** The serving process as one file, and what V8 has compiled of it; both are made by the build. */
export const bundleFile: string = fileURLToPath(new URL('./serve.cjs', import.meta.url));
export const cacheFile: string = fileURLToPath(new URL('./serve.cache', import.meta.url));

/**
 * Fewer threads beside runc on a small machine, and a small heap that is collected before it grows. A shim runs each
 * of its paths seldom: it gains from inline caches at the first call. What V8 has compiled is good for the same flags alone.
 */
export const nodeFlags: readonly string[] = [
  '--v8-pool-size=0',
  '--max-semi-space-size=1',
  '--optimize-for-size',
  '--no-lazy-feedback-allocation',
];

/** A module that was bundled, and its script. */
interface Loaded<T> {
  readonly exports: T;
  readonly script: Script;
}

/**
 * Loads a bundle of CommonJS. To find, read and compile a hundred modules would take longer than all that a shim
 * does for a container.
 *
 * @param cache what V8 has compiled before; another version of Node compiles it again
 */
export function loadBundle<T>(cache?: Buffer): Loaded<T> {
  const source = Module.wrap(readFileSync(bundleFile, 'utf8'));
  const script = new Script(source, { filename: bundleFile, ...(cache ? { cachedData: cache } : {}) });
  const module = { exports: {} as T };
  const run = script.runInThisContext() as (...args: readonly unknown[]) => void;
  run(module.exports, createRequire(bundleFile), module, bundleFile, dirname(bundleFile));
  return { exports: module.exports, script };
}

/**
 * The serving process's module: from its bundle where the build has made one. What a first container needs is done once
 * before anybody waits for it.
 */
export async function loadServe(): Promise<typeof import('../actions/serve.ts')> {
  if (!existsSync(bundleFile)) return import('../actions/serve.ts');
  const cache = existsSync(cacheFile) ? readFileSync(cacheFile) : undefined;
  const { exports } = loadBundle<typeof import('./warm-up.ts')>(cache);
  exports.warmUp();
  return exports;
}
