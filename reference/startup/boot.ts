/**
 * What main.sh gives to Node: loads the bundle of main.ts with its code cache, and runs it.
 *
 * Why: to find, read and compile a hundred modules takes longer than all that a shim does for a container. This file is
 * bundled, too, as CommonJS: Node starts its loader of modules for a module alone.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';

/** The bundle of main.ts, which the build makes. */
const bundleFile = join(import.meta.dirname, 'main.cjs');
/** What V8 compiled of it when the build loaded it. */
const cacheFile = join(import.meta.dirname, 'main.cache');

interface Loaded {
  readonly main: (words: readonly string[]) => Promise<void>;
  readonly script: Script;
}

/** @param cache V8 compiles anew where another version of Node, or other flags, made it */
function load(cache?: Buffer): Loaded {
  const source = Module.wrap(readFileSync(bundleFile, 'utf8'));
  const script = new Script(source, { filename: bundleFile, ...(cache ? { cachedData: cache } : {}) });
  const loaded = { exports: {} as Pick<Loaded, 'main'> };
  const run = script.runInThisContext() as (...args: readonly unknown[]) => void;
  run(loaded.exports, createRequire(bundleFile), loaded, bundleFile, import.meta.dirname);
  return { main: loaded.exports.main, script };
}

if (process.argv[2] === '--write-cache') {
  writeFileSync(cacheFile, load().script.createCachedData());
  // What a bundle has loaded may keep Node running.
  process.exit(0);
} else {
  void load(existsSync(cacheFile) ? readFileSync(cacheFile) : undefined).main(process.argv.slice(2));
}
