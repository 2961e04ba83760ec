/**
 * `npm run steps:mutants [-- --only N-M] [--seed N]`: builds each mutant of service.go, takes its steps through `main`, and
 * writes docs/steps.json, from which the site has its table. The shim without an edit is tried before and after.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { busyboxRootfs } from '../../conformance/shim/rootfs.ts';
import { buildStepsShim, pinnedVersion } from './build-shim.ts';
import { mutants } from './mutants.ts';
import { type Bench, oneRun, type Tried, tryMutant } from './try-mutant.ts';

/** What docs/steps.json has. */
export interface MutantsRecord {
  readonly version: string;
  /** Steps of the shim without an edit, of several runs: all accepted. */
  readonly control: number;
  readonly mutants: readonly Tried[];
}

const file = fileURLToPath(new URL('../../../docs/steps.json', import.meta.url));
const controlSeeds = [1, 2, 3, 4];

/** Takes the shim without an edit through the model. @throws Error where that is rejected: then no mutant says anything */
async function control(bench: Bench): Promise<number> {
  let steps = 0;
  for (const seed of controlSeeds) {
    const { refusal, steps: more } = await oneRun(bench, seed);
    if (refusal !== null) throw new Error(`the shim without an edit is rejected: ${JSON.stringify(refusal)}`);
    steps += more;
  }
  return steps;
}

function chosen(text: string): [number, number] {
  const [, from = '1', to = from] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const [first, last] = text === '' ? [1, mutants.length] : [Number(from), Number(to)];
  if (/^(\d+(-\d+)?)?$/.test(text) && first >= 1 && first <= last && last <= mutants.length)
    return [first, last];
  throw new Error(`--only names no mutants (got ${text}, allowed 1-${mutants.length})`);
}

function before(): MutantsRecord {
  if (!existsSync(file)) return { version: pinnedVersion, control: 0, mutants: [] };
  return JSON.parse(readFileSync(file, 'utf8')) as MutantsRecord;
}

function write(tried: readonly Tried[], steps: number): void {
  const known = new Map([...before().mutants, ...tried].map((each) => [each.name, each]));
  const all = mutants.flatMap(({ name }) => known.get(name) ?? []);
  writeFileSync(
    file,
    `${JSON.stringify({ version: pinnedVersion, control: steps, mutants: all }, null, 1)}\n`,
  );
}

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, seed: { type: 'string', default: '1' } },
});
const [from, to] = chosen(values.only);
const edits = mutants.map(({ in: name, changes }) =>
  changes.map(([old, becomes]) => ({ in: name, old, new: becomes })),
);
const binary = buildStepsShim({ mutants: edits });
const rootfs = busyboxRootfs();
const bench = { binary, rootfs };
const tried: Tried[] = [];
try {
  let steps = await control(bench);
  for (const [i, mutant] of mutants.slice(from - 1, to).entries()) {
    const one = await tryMutant(bench, mutant, from + i, Number(values.seed));
    tried.push(one);
    process.stdout.write(
      `${one.outcome}: ${one.name} (seed ${one.seed}, ${one.steps} steps) ${one.because}\n`,
    );
    write(tried, steps);
  }
  steps += await control(bench);
  write(tried, steps);
  const rejected = tried.filter(({ outcome }) => outcome === 'rejected').length;
  process.stdout.write(
    `${rejected} of ${tried.length} are rejected; the shim without an edit: ${steps} steps accepted\n`,
  );
} finally {
  rmSync(rootfs, { recursive: true });
}
