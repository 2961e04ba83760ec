/**
 * One measurement in a process of its own: `node measure.js ENGINE MODEL N [WORKERS]`, JSON on standard output.
 *
 * MODEL is `two-phase-commit` with N managers; or a revision with N execs of each container, and with the `--containers` and
 * `--with` of `check` (default: 1, none); or `peers/` and a revision, with `delete` and without properties, as the models of
 * bench/peers. The symbolic engine leaves out variables that are never read, and takes `--shortest` and
 * `--timeout SECONDS`.
 */
import { parseArgs } from 'node:util';
import { explore, type SearchOptions } from '../checker/index.ts';
import { startCrew } from '../checker/threads/index.ts';
import { twoPhaseCommit } from '../examples/two-phase-commit.ts';
import { parseBound } from '../render/bound.ts';
import { findRevision } from '../render/find-revision.ts';
import { modelOf } from '../spec/index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    containers: { type: 'string', default: '1' },
    with: { type: 'string', default: 'none' },
    shortest: { type: 'boolean', default: false },
    timeout: { type: 'string', default: '3600' },
  },
});
const [engine = '', name = '', size = '', workers = '1'] = positionals;

function modelNamed(): Parameters<typeof explore>[0] {
  // Without properties, as the peers' models: states and transitions alone.
  if (name === 'two-phase-commit') return { ...twoPhaseCommit(Number(size)), properties: [] };
  const isPeers = name.startsWith('peers/');
  const { containers, with: list } = values;
  const bound = parseBound({ containers, execs: size, with: isPeers ? 'delete' : list });
  const model = modelOf(findRevision(name.replace('peers/', '')), bound);
  return isPeers ? { ...model, properties: [] } : model;
}

function searchOptions(): SearchOptions {
  if (engine === 'symbolic')
    return {
      engine,
      reduction: 'unread',
      shortest: values.shortest,
      limits: { memoryMaxBytes: 16 * 1024 ** 3, timeoutMs: 1000 * Number(values.timeout) },
    };
  const crew = Number(workers) > 1 ? { crew: startCrew(Number(workers)) } : {};
  return { engine: engine === 'plain' ? 'plain' : 'fast', ...crew };
}

const { states, transitions, elapsedMs, bytes, stoppedBy } = explore(modelNamed(), searchOptions()).report;
process.stdout.write(JSON.stringify({ states, transitions, elapsedMs, bytes, stoppedBy }));
