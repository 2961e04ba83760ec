/** A thread of a crew: does its part of each phase, and waits for the next one. */
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import { PhaseRunner } from '../fast/phase-runner.ts';
import type { SharedTables } from '../fast/shared-tables.ts';
import { lookupWithoutLearning } from '../fast/thread-parts.ts';
import { Pairs } from '../store/pairs.ts';
import { Tree } from '../store/tree.ts';
import { Control } from './control.ts';
import type { ThreadData } from './index.ts';
import { fromMessage } from './transfer.ts';

const { integers, port, thread } = workerData as ThreadData;
const control = new Control(integers);

function runnerFor(tables: SharedTables): PhaseRunner {
  const lookup = lookupWithoutLearning(tables.steps, tables.positions);
  const parts = { tree: new Tree(tables.tree), pairs: new Pairs(tables.pairs), canonicalize: null };
  return new PhaseRunner(tables, { ...parts, lookup, thread });
}

/** The tables that were sent last; null where none were sent since the last call. */
function receiveTables(): SharedTables | null {
  let last: SharedTables | null = null;
  for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port))
    last = fromMessage(received.message) as SharedTables;
  return last;
}

let runner: PhaseRunner | null = null;
for (let phaseCount = control.awaitPhase(0); ; phaseCount = control.awaitPhase(phaseCount)) {
  let hasFailed = true;
  try {
    const tables = receiveTables();
    if (tables) runner = runnerFor(tables);
    runner?.run(control.phase, control.task, [thread], control.takeChunk);
    hasFailed = runner === null;
  } finally {
    control.endPart(hasFailed);
  }
}
