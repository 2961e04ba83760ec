/** Threads for a search, on Node. The rest of the checker also runs in a browser. */
import { existsSync } from 'node:fs';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { chunkStatesDefault } from '../fast/block.ts';
import type { Crew, Phase } from '../fast/crew.ts';
import type { BlockTask, SharedTables } from '../fast/shared-tables.ts';
import { ModelError } from '../misuse.ts';
import { sharedWords } from '../store/words.ts';
import { Control } from './control.ts';
import { toMessage } from './transfer.ts';

export type { Crew } from '../fast/crew.ts';

/** What the build makes of worker.ts: Node starts a thread from a file of JavaScript. */
const workerFile = new URL('./worker.js', import.meta.url);

/** What a thread is started with. */
export interface ThreadData {
  readonly integers: Int32Array;
  /** Where the thread receives {@link SharedTables} that have other arrays than before. */
  readonly port: MessagePort;
  /** Which of the threads it is; the caller is 0. */
  readonly thread: number;
}

/** A crew whose threads run until they are dismissed. */
export interface RunningCrew extends Crew {
  /** Ends the threads. */
  readonly dismiss: () => void;
}

/**
 * Makes a crew for one search after the other. Its threads start with the first phase that needs them.
 *
 * @param size threads, the caller's included; from 2 on
 * @param chunkStates states that a thread takes at a time; a smaller block is left to the caller alone. Default: 1,024
 * @example
 * ```ts
 * import { explore } from 'shim-spec/checker';
 * import { startCrew } from 'shim-spec/checker/threads';
 *
 * const crew = startCrew(2);
 * const counter = {
 *   initial: { a: 0, b: 0 },
 *   actions: ['a', 'b'] as const,
 *   step: (s: { a: number; b: number }, which: 'a' | 'b') => {
 *     if (s[which] === 99) return false;
 *     s[which]++;
 *     return true;
 *   },
 *   properties: [],
 * };
 * console.log(explore(counter, { crew }).report.states);
 * // 10000
 * crew.dismiss();
 * ```
 */
export function startCrew(size: number, chunkStates: number = chunkStatesDefault): RunningCrew {
  const control = new Control();
  const threads = new Threads(control, size - 1);
  return {
    size,
    chunkStates,
    allocate: sharedWords,
    run: (
      phase: Phase,
      tables: SharedTables,
      task: BlockTask,
      own: (takeChunk: () => number) => void,
    ): void => {
      threads.send(tables);
      control.beginPhase(phase, task);
      own(control.takeChunk);
      if (!control.awaitThreads(size - 1))
        throw new ModelError('a thread of the search has failed: search with one');
    },
    dismiss: () => threads.dismiss(),
  };
}

/** The threads beside the caller. */
class Threads {
  readonly #control: Control;
  readonly #count: number;
  readonly #threads: { worker: Worker; port: MessagePort }[] = [];
  #sentArrays: readonly unknown[] = [];

  constructor(control: Control, count: number) {
    this.#control = control;
    this.#count = count;
  }

  /** Sends the tables to all threads, unless they have them. Starts the threads at the first call. */
  send(tables: SharedTables): void {
    if (this.#threads.length === 0) this.#start();
    const arrays = arraysOf(tables);
    const sent = this.#sentArrays;
    if (arrays.length === sent.length && arrays.every((each, i) => each === sent[i])) return;
    this.#sentArrays = arrays;
    const message = toMessage(plainTables(tables));
    for (const { port } of this.#threads) port.postMessage(message);
  }

  dismiss(): void {
    for (const { worker } of this.#threads.splice(0)) void worker.terminate();
  }

  #start(): void {
    if (!existsSync(workerFile))
      throw new ModelError(
        'threads are files of JavaScript (got sources alone, allowed a build): build first',
      );
    for (let thread = 1; thread <= this.#count; thread++) {
      const { port1, port2 } = new MessageChannel();
      const workerData: ThreadData = { integers: this.#control.integers, port: port2, thread };
      const worker = new Worker(workerFile, { workerData, transferList: [port2] });
      // The caller blocks while it waits and hears no events, so a thread reports a failure in the shared integers.
      worker.on('error', () => undefined);
      worker.unref();
      port1.unref();
      this.#threads.push({ worker, port: port1 });
    }
  }
}

/** The objects that the search replaces by others as it goes on. Where one was replaced, the tables are sent again. */
function arraysOf(tables: SharedTables): readonly unknown[] {
  const { steps, effects, positions, tree, pairs, states, visited, claims, block } = tables;
  const { nodes, edges } = steps.tries;
  const { starts, lists } = steps.actionsByGuard;
  const ofSteps = [nodes, edges, starts, lists, effects.ranges, effects.ops, effects.breaksClaim];
  const ofClaims = [claims.tries.nodes, claims.tries.edges, claims.ranges, claims.lists];
  const ofStore = [positions, tree, pairs.table, pairs.members, states, ...visited.tables];
  return [...ofSteps, ...ofClaims, ...ofStore, block];
}

/** The tables without the classes that some of them are parts of: classes cannot be sent. */
function plainTables(tables: SharedTables): SharedTables {
  const { steps, effects, isProgress, positions, tree, pairs, states, visited, claims, block, taken } =
    tables;
  const { nodes, edges, roots } = steps.tries;
  const { guards, heads, starts, lists } = steps.actionsByGuard;
  const { width, left, right, first, second } = tree;
  return {
    steps: { tries: { nodes, edges, roots }, actionsByGuard: { guards, heads, starts, lists } },
    effects: { ranges: effects.ranges, ops: effects.ops, breaksClaim: effects.breaksClaim },
    isProgress,
    positions: { word: positions.word, shift: positions.shift, mask: positions.mask },
    tree: { width, left, right, first, second },
    pairs: { table: pairs.table, members: pairs.members, given: pairs.given },
    states,
    visited: { tables: visited.tables, sizes: visited.sizes },
    claims: {
      tries: { nodes: claims.tries.nodes, edges: claims.tries.edges, roots: claims.tries.roots },
      deciding: claims.deciding,
      ranges: claims.ranges,
      lists: claims.lists,
    },
    block,
    taken,
  };
}
