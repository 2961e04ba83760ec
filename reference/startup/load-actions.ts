import { existsSync, readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

/** The bundled actions as one file, and its code cache: what V8 compiled when it loaded that file. The build makes both. */
export const bundleFile: string = fileURLToPath(new URL('./actions.cjs', import.meta.url));
/** The action `start` alone. */
export const startFile: string = fileURLToPath(new URL('./start.cjs', import.meta.url));
export const cacheFile: string = fileURLToPath(new URL('./actions.cache', import.meta.url));

type Actions = typeof import('../actions/bundled.ts');
type Start = typeof import('../actions/start.ts');

/**
 * Loads a bundle. Why: to find, read and compile a hundred modules takes longer than all that a shim does for a container.
 *
 * @param cache V8 compiles anew where another version of Node, or other flags, made it
 */
export function loadBundle<T>(
  file: string,
  cache?: Buffer,
): { readonly exports: T; readonly script: Script } {
  const source = Module.wrap(readFileSync(file, 'utf8'));
  const script = new Script(source, { filename: file, ...(cache ? { cachedData: cache } : {}) });
  const module = { exports: {} as T };
  const run = script.runInThisContext() as (...args: readonly unknown[]) => void;
  run(module.exports, createRequire(file), module, file, dirname(file));
  return { exports: module.exports, script };
}

/** Loads the bundled actions, from their modules where no build has bundled them. */
export async function loadActions(): Promise<Actions> {
  if (!existsSync(bundleFile)) return import('../actions/bundled.ts');
  return loadBundle<Actions>(bundleFile, existsSync(cacheFile) ? readFileSync(cacheFile) : undefined).exports;
}

/** Loads the action `start`, whose bundle is a small one. */
export async function loadStart(): Promise<Start> {
  return existsSync(startFile) ? loadBundle<Start>(startFile).exports : import('../actions/start.ts');
}
