/**
 * One measurement in a process of its own: `node measure.js ENGINE MODEL N [WORKERS]`, JSON on standard output.
 *
 * MODEL is `two-phase-commit`, a revision, or `peers/` and a revision: with `delete`, and without properties, as the
 * models of bench/peers.
 */
import { explore, type Report } from '../checker/index.ts';
import { startCrew } from '../checker/threads/index.ts';
import { twoPhaseCommit } from '../examples/two-phase-commit.ts';
import { modelOf, noOptions, revisions } from '../spec/index.ts';

const [engineName, modelName, size, workers = '1'] = process.argv.slice(2);
const engine = engineName === 'plain' ? 'plain' : 'fast';
const options = { engine, ...(Number(workers) > 1 ? { crew: startCrew(Number(workers)) } : {}) } as const;

function run(n: number): Report {
  if (modelName === 'two-phase-commit') {
    // Without properties, as the Promela model: states and transitions alone.
    return explore({ ...twoPhaseCommit(n), properties: [] }, options).report;
  }
  const isPeers = modelName?.startsWith('peers/');
  const revision = revisions.find(({ slug }) => slug === modelName?.replace('peers/', ''));
  if (!revision) throw new Error(`no model ${modelName}`);
  const bound = { ...noOptions, execs: n };
  if (engineName === 'symbolic') {
    const model = modelOf(revision, { ...bound, containers: 2, delete: true });
    const limits = { memoryMaxBytes: 16 * 1024 ** 3 };
    return explore(model, { engine: 'symbolic', reduction: 'unread', limits }).report;
  }
  if (isPeers) {
    const model = modelOf(revision, { ...bound, containers: 1, delete: true });
    return explore({ ...model, properties: [] }, options).report;
  }
  return explore(modelOf(revision, { ...bound, containers: 1 }), options).report;
}

const { states, transitions, elapsedMs, bytes } = run(Number(size));
process.stdout.write(JSON.stringify({ states, transitions, elapsedMs, bytes }));
