import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

type Koffi = typeof import('koffi');

const native = join('node_modules/@koromix', `koffi-${process.platform}-${process.arch}`);
/** One for each C library that a Linux may have. */
const builds = ['linux', 'musl'].map((name) => `${name}_${process.arch}/koffi.node`);
let loaded: Koffi | undefined;

/**
 * koffi: calls of C functions. Its native half is loaded without the package `koffi`, which is needed for its types alone.
 *
 * Why: `koffi` has an install script, and npm tells each user of a script that it did not run. And V8's snapshot holds
 * nothing native, nor Node's loader of packages, so the file is looked for here.
 *
 * @throws Error where the package has no native half for this machine
 */
export function koffi(): Koffi {
  loaded ??= load();
  return loaded;
}

function load(): Koffi {
  const causes: unknown[] = [];
  for (const build of builds) {
    try {
      const module = { exports: {} as Koffi };
      process.dlopen(module, join(folderOf(native), build));
      return module.exports;
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw new Error(
    `cannot call C functions on ${process.platform}-${process.arch} (allowed: linux-x64, linux-arm64): install shim-spec there with its optional dependencies`,
    { cause: causes[0] },
  );
}

/** Where Node would find a package: in the folder of this module, or one above it. */
function folderOf(name: string): string {
  let folder = realpathSync(import.meta.dirname);
  while (!existsSync(join(folder, name)) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, name);
}
