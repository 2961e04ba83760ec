import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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
    const copy = join(this.#folder, 'spec');
    cpSync(join(root, 'dist/spec'), copy, { recursive: true, filter: (file) => !file.endsWith('.map') });
    for (const name of readdirSync(copy, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.js')) withoutMap(join(copy, name));
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

/** Vitest warns of a file whose source map is not there. */
function withoutMap(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, ''));
}
