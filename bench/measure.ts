/** One measurement in a process of its own: `node measure.js ENGINE MODEL N`, JSON on standard output. */
import { exploreFast, explorePlain, type Report } from '../checker/index.ts';
import { modelOf, noOptions, revisions } from '../spec/index.ts';
import { twoPhaseCommit } from '../test/models/two-phase-commit.ts';

const [engineName, modelName, size] = process.argv.slice(2);
const explore = engineName === 'plain' ? explorePlain : exploreFast;

function run(n: number): Report<never> {
  if (modelName === 'two-phase-commit') {
    // Without properties, as the Promela model: states and transitions alone.
    return explore({ ...twoPhaseCommit(n), properties: [] }).report as Report<never>;
  }
  const revision = revisions.find(({ slug }) => slug === modelName);
  if (!revision) throw new Error(`no model ${modelName}`);
  return explore(modelOf(revision, { ...noOptions, containers: 1, execs: n })).report as Report<never>;
}

const { states, transitions, elapsedMs, bytes } = run(Number(size));
process.stdout.write(JSON.stringify({ states, transitions, elapsedMs, bytes }));
