import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { type Mutant, mutate } from '../spec/mutants.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Text of the built shim, in a file below dist, and what stands there instead. */
export type Replacement = readonly [file: string, from: string, to: string];

/** The reference shim on a faulty specification, or edited, in a folder of its own. */
export class BrokenShim {
  readonly binary: string;
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'shim-spec-broken-'));

  constructor(mutant: Mutant | null, ...edits: readonly Replacement[]) {
    cpSync(join(root, 'dist'), join(this.#folder, 'dist'), { recursive: true });
    cpSync(join(root, 'package.json'), join(this.#folder, 'package.json'));
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'));
    // The build makes this file a link to a bundle, in which a fault of the modules would not be.
    writeFileSync(join(this.#folder, 'dist/spec/index.js'), linksToModules('spec/index.ts'));
    if (mutant) this.#rewrite('spec/revisions/proposed.js', (text) => mutate(text, mutant));
    for (const [file, from, to] of edits) this.#rewrite(file, (text) => text.replace(from, to));
    // The shim runs a bundle: without a new one, it would have no fault.
    cpSync(join(root, 'reference/main.sh'), join(this.#folder, 'reference/main.sh'));
    execFileSync(process.execPath, [join(this.#folder, 'dist/reference/startup/build.js')]);
    this.binary = join(this.#folder, 'dist/reference/main.sh');
  }

  #rewrite(name: string, change: (text: string) => string): void {
    const file = join(this.#folder, 'dist', name);
    const before = readFileSync(file, 'utf8');
    const after = change(before);
    if (after === before) throw new Error(`nothing to change in ${name}`);
    writeFileSync(file, after);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** What the compiler makes of a module that only exports others. */
function linksToModules(file: string): string {
  const { code } = transformSync(readFileSync(join(root, file), 'utf8'), { loader: 'ts' });
  return code.replaceAll(/\.ts(['"])/g, '.js$1');
}
