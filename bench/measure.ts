/** One measurement in a process of its own: `node measure.js ENGINE MODEL N [WORKERS]`, JSON on standard output. */
import { exploreFast, explorePlain, exploreSymbolic, type Report } from '../checker/index.ts';
import { startCrew } from '../checker/threads/index.ts';
import { modelOf, noOptions, revisions } from '../spec/index.ts';
import { twoPhaseCommit } from '../test/models/two-phase-commit.ts';

const [engineName, modelName, size, workers = '1'] = process.argv.slice(2);
const explore = engineName === 'plain' ? explorePlain : exploreFast;
const options = Number(workers) > 1 ? { crew: startCrew(Number(workers)) } : {};

function run(n: number): Report<never> {
  if (modelName === 'two-phase-commit') {
    // Without properties, as the Promela model: states and transitions alone.
    return explore({ ...twoPhaseCommit(n), properties: [] }, options).report as Report<never>;
  }
  const revision = revisions.find(({ slug }) => slug === modelName);
  if (!revision) throw new Error(`no model ${modelName}`);
  const bound = { ...noOptions, execs: n };
  if (engineName === 'symbolic') {
    const model = modelOf(revision, { ...bound, containers: 2, delete: true });
    const limits = { memoryMaxBytes: 16 * 1024 ** 3 };
    return exploreSymbolic(model, { reduction: 'unread', limits }).report as Report<never>;
  }
  return explore(modelOf(revision, { ...bound, containers: 1 }), options).report as Report<never>;
}

const { states, transitions, elapsedMs, bytes } = run(Number(size));
process.stdout.write(JSON.stringify({ states, transitions, elapsedMs, bytes }));
