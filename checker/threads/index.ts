/** Threads for a search, on Node; the rest of the checker runs in a browser, too. */
import { existsSync } from 'node:fs';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { chunkStatesDefault } from '../fast/block.ts';
import type { Crew, Step } from '../fast/crew.ts';
import type { Tables, Task } from '../fast/tables.ts';
import { ModelError } from '../misuse.ts';
import { sharedWords } from '../store/words.ts';
import { Control } from './control.ts';
import { packed } from './handover.ts';

export type { Crew } from '../fast/crew.ts';

/** A thread is a file of JavaScript: what the build makes of worker.ts. */
const workerFile = new URL('./worker.js', import.meta.url);

/** What a thread is started with. */
export interface Enlisted {
  readonly integers: Int32Array;
  /** Where it is given {@link Tables} whose arrays are others than before. */
  readonly port: MessagePort;
  /** Which of the threads it is; the caller is 0. */
  readonly index: number;
}

/** A crew that has to be dismissed. */
export interface Dismissable extends Crew {
  /** Ends its threads. */
  readonly dismiss: () => void;
}

/**
 * Makes a crew for one search after the other. Its threads are started when the first block is worth it.
 *
 * @param size threads, the caller's included; from 2 on
 * @param chunkStates states that a thread takes at a time; smaller blocks are left to the caller alone. Default: 1,024
 */
export function startCrew(size: number, chunkStates: number = chunkStatesDefault): Dismissable {
  const control = new Control();
  const threads: { worker: Worker; port: MessagePort }[] = [];
  let given: readonly unknown[] = [];
  const enlist = (): void => {
    if (!existsSync(workerFile))
      throw new ModelError(
        'threads are files of JavaScript (got sources alone, allowed a build): build first',
      );
    for (let index = 1; index < size; index++) {
      const { port1, port2 } = new MessageChannel();
      const workerData: Enlisted = { integers: control.integers, port: port2, index };
      const worker = new Worker(workerFile, { workerData, transferList: [port2] });
      // It tells of a failure by the integers: the caller waits there, and hears no events.
      worker.on('error', () => undefined);
      worker.unref();
      port1.unref();
      threads.push({ worker, port: port1 });
    }
  };
  const give = (tables: Tables): void => {
    const arrays = arraysOf(tables);
    if (arrays.length === given.length && arrays.every((each, i) => each === given[i])) return;
    given = arrays;
    const message = packed(plainOf(tables));
    for (const { port } of threads) port.postMessage(message);
  };
  return {
    size,
    chunkStates,
    allocate: sharedWords,
    run: (step: Step, tables: Tables, task: Task, own: (next: () => number) => void): void => {
      if (threads.length === 0) enlist();
      give(tables);
      control.begin(step, task);
      own(control.next);
      if (!control.awaitAll(size - 1))
        throw new ModelError('a thread of the search has failed: search with one');
    },
    dismiss: () => {
      for (const { worker } of threads.splice(0)) void worker.terminate();
    },
  };
}

/** What the tables are made of; where one of these is another object, the threads have to be told. */
function arraysOf({
  steps,
  effects,
  places,
  tree,
  pairs,
  states,
  visited,
  claims,
  block,
}: Tables): readonly unknown[] {
  const { nodes, edges } = steps.tries;
  const { starts, lists } = steps.candidates;
  const ofSteps = [nodes, edges, starts, lists, effects.places, effects.ops, effects.breaking];
  const ofClaims = [claims.tries.nodes, claims.tries.edges, claims.places, claims.rules];
  return [
    ...ofSteps,
    ...ofClaims,
    places,
    tree,
    pairs.table,
    pairs.members,
    states,
    block,
    ...visited.tables,
  ];
}

/** The tables as plain objects. */
function plainOf(tables: Tables): Tables {
  const { steps, effects, progresses, places, tree, pairs, states, visited, claims, block, taken } = tables;
  const { nodes, edges, roots } = steps.tries;
  const { guards, heads, starts, lists } = steps.candidates;
  const { width, left, right, first, second } = tree;
  return {
    steps: { tries: { nodes, edges, roots }, candidates: { guards, heads, starts, lists } },
    effects: { places: effects.places, ops: effects.ops, breaking: effects.breaking },
    progresses,
    places: { word: places.word, shift: places.shift, mask: places.mask },
    tree: { width, left, right, first, second },
    pairs: { table: pairs.table, members: pairs.members, given: pairs.given },
    states,
    visited: { tables: visited.tables, shape: visited.shape },
    claims: {
      tries: { nodes: claims.tries.nodes, edges: claims.tries.edges, roots: claims.tries.roots },
      deciding: claims.deciding,
      places: claims.places,
      rules: claims.rules,
    },
    block,
    taken,
  };
}
