import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutant, mutate } from '../spec/mutants.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The reference shim on a faulty specification, in a folder of its own. */
export class BrokenShim {
  readonly binary: string;
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'shim-spec-broken-'));

  constructor(mutant: Mutant) {
    cpSync(join(root, 'dist'), join(this.#folder, 'dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(this.#folder, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'));
    const file = join(this.#folder, 'dist/spec/revisions/proposed.js');
    writeFileSync(file, mutate(readFileSync(file, 'utf8'), mutant));
    this.binary = join(this.#folder, 'dist/reference/main.js');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
