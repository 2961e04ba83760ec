import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { proposed } from '../../spec/index.ts';
import { type Mutant, mutate } from './mutants.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The built specification in a folder of its own, with faulty files beside `proposed`: others read `dist` meanwhile. */
export class FaultySpecs {
  readonly #folder = mkdtempSync(join(tmpdir(), 'shim-spec-faulty-'));
  readonly #original: string;
  #files = 0;

  constructor() {
    // The maps name sources that are not there.
    const filter = (file: string): boolean => !file.endsWith('.map');
    cpSync(join(root, 'dist/spec'), join(this.#folder, 'spec'), { recursive: true, filter });
    symlinkSync(join(root, 'dist/checker'), join(this.#folder, 'checker'));
    cpSync(join(root, 'package.json'), join(this.#folder, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'));
    this.#original = readFileSync(join(this.#folder, 'spec/revisions/proposed.js'), 'utf8');
  }

  /** The revision `proposed` with a fault. */
  async proposed(mutant: Mutant): Promise<typeof proposed> {
    const file = join(this.#folder, `spec/revisions/faulty-${++this.#files}.js`);
    writeFileSync(file, mutate(this.#original, mutant));
    const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
      readonly proposed: typeof proposed;
    };
    return module.proposed;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
