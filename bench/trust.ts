/**
 * `npm run trust [SYSTEMS [SEED]]`: random small models, on which all engines have to agree, with each reduction and
 * without. Prints what was met, so that nobody need believe that the models were interesting.
 */
import { explore } from '../checker/index.ts';
import { startCrew } from '../checker/threads/index.ts';
import { trySystems } from '../test/checker/trust/try-systems.ts';

const batchMax = 500;

const [systemsText = '100000', seedText = '1'] = process.argv.slice(2);
const [systems, seed] = [Number(systemsText), Number(seedText)];
if (!(Number.isInteger(systems) && systems > 0 && Number.isInteger(seed))) {
  process.stderr.write(
    `trust: SYSTEMS and SEED are no integers (got ${systemsText} ${seedText}, allowed 1 or more, and any): npm run trust -- 1000 1\n`,
  );
  process.exit(2);
}
const begin = performance.now();
const crew = startCrew(2, 3);
const all = new Map<string, number>();
let tried = 0;
let problem: string | null = null;
for (let batch = 0; tried < systems && problem === null; batch++) {
  const size = Math.min(batchMax, systems - tried);
  const outcome = trySystems(size, seed + batch, (model) => explore(model, { crew }));
  for (const [what, times] of outcome.met) all.set(what, (all.get(what) ?? 0) + times);
  tried += size;
  problem = outcome.problem;
  process.stderr.write(`${tried} of ${systems} systems, seed ${seed + batch}\n`);
}
crew.dismiss();
for (const [what, times] of [...all].toSorted())
  process.stdout.write(`${String(times).padStart(12)}  ${what}\n`);
const seconds = Math.round((performance.now() - begin) / 1_000);
process.stdout.write(
  `${tried} systems, seeds from ${seed} on for ${batchMax} each, ${seconds} s: ${problem ?? 'all engines agree'}\n`,
);
process.exitCode = problem === null ? 0 : 1;
