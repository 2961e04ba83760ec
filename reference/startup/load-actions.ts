import { existsSync, readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/** The bundled actions as one file, and its code cache: what V8 compiled when it loaded that file. The build makes both. */
export const bundleFile: string = fileURLToPath(new URL('./actions.cjs', import.meta.url));
export const cacheFile: string = fileURLToPath(new URL('./actions.cache', import.meta.url));

/**
 * The serving process's flags: few threads and a small heap, and inline caches from the first call on, since a shim runs
 * each of its paths seldom. V8 takes a code cache only under the flags that it was made with.
 */
export const nodeFlags: readonly string[] = [
  '--v8-pool-size=0',
  '--max-semi-space-size=1',
  '--optimize-for-size',
  '--no-lazy-feedback-allocation',
];

type Actions = typeof import('../actions/bundled.ts');

/**
 * Loads the bundle. Why: to find, read and compile a hundred modules takes longer than all that a shim does for a container.
 *
 * @param cache V8 compiles anew where another version of Node, or other flags, made it
 */
export function loadBundle(cache?: Buffer): { readonly actions: Actions; readonly script: Script } {
  const source = Module.wrap(readFileSync(bundleFile, 'utf8'));
  const script = new Script(source, { filename: bundleFile, ...(cache ? { cachedData: cache } : {}) });
  const module = { exports: {} as Actions };
  const run = script.runInThisContext() as (...args: readonly unknown[]) => void;
  run(module.exports, createRequire(bundleFile), module, bundleFile, dirname(bundleFile));
  return { actions: module.exports, script };
}

/** Loads the bundled actions, from their modules where no build has bundled them. */
export async function loadActions(): Promise<Actions> {
  if (!existsSync(bundleFile)) return import('../actions/bundled.ts');
  return loadBundle(existsSync(cacheFile) ? readFileSync(cacheFile) : undefined).actions;
}
