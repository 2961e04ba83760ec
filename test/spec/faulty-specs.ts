import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { proposed, Revision } from '../../spec/index.ts';
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

  /** A revision whose specification has a fault in one of its files, `road/oom.js`. */
  async revision(slug: string, file: string, mutant: Mutant): Promise<Revision> {
    const copy = join(this.#folder, `spec-${++this.#files}`);
    cpSync(join(this.#folder, 'spec'), copy, { recursive: true });
    writeFileSync(join(copy, file), mutate(readFileSync(join(copy, file), 'utf8'), mutant));
    const { revisions } = (await import(
      /* @vite-ignore */ pathToFileURL(join(copy, 'revisions/index.js')).href
    )) as { readonly revisions: readonly Revision[] };
    const found = revisions.find((revision) => revision.slug === slug);
    if (!found) throw new Error(`no revision ${slug}`);
    return found;
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
