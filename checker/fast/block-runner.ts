import type { ClaimLearner } from '../learning/claim-learner.ts';
import type { EffectTable } from '../learning/effects.ts';
import type { StepLearner } from '../learning/step-learner.ts';
import type { Ancestry } from '../store/ancestry.ts';
import type { Store } from '../store/store.ts';
import type { Allocate } from '../store/words.ts';
import {
  type Block,
  chunkField,
  chunkFieldsSize,
  chunkStatesDefault,
  chunkStatus,
  firstNewStateOf,
  makeBlock,
  newStateField,
  newStateSize,
  shardCount,
  shardCountsSize,
} from './block.ts';
import { BlockReader, type BlockResult } from './block-reader.ts';
import type { Crew, Phase } from './crew.ts';
import { PhaseRunner } from './phase-runner.ts';
import type { BlockTask, SharedTables } from './shared-tables.ts';
import { type Canonicalize, lookupWithoutLearning } from './thread-parts.ts';

/** Chunks of a block at most. */
const chunksMax = 32;
/** Transitions that fit into a chunk at first. */
const capacityFirst = 1024;
/** Transitions of a block at most, unless one chunk has more: their records take memory. */
const blockCapacityMax = 1 << 21;
/** The largest number that fits into the shared integers. */
const int32Max = 2 ** 31 - 1;

/** The parts of a search that blocks need. */
export interface BlockParts<S extends object, A> {
  readonly steps: StepLearner<S, A>;
  readonly effects: EffectTable;
  readonly claims: ClaimLearner<S, A>;
  readonly isProgress: Int32Array;
  readonly ancestry: Ancestry;
  readonly canonicalize: Canonicalize | null;
  readonly crew: Crew | null;
  readonly allocate: Allocate;
  readonly store: Store;
}

/** Runs the phases of one block after the other: see {@link Block}. */
export class BlockRunner<S extends object, A> {
  readonly #parts: BlockParts<S, A>;
  #block: Block;
  #reader: BlockReader;
  readonly #taken: Int32Array;
  #task: BlockTask = { first: 0, states: 0, stored: 0, isDeepest: false, statesMax: 0 };
  /** Does this thread's part where it works alone, and may learn. */
  #learningRunner!: PhaseRunner;
  /** Does this thread's part while other threads read the tables. */
  #readOnlyRunner!: PhaseRunner;
  readonly #shards: number[];

  constructor(parts: BlockParts<S, A>) {
    const { crew, allocate, isProgress } = parts;
    this.#parts = parts;
    this.#shards = Array.from({ length: crew?.size ?? 1 }, (_, shard) => shard);
    this.#taken = allocate(this.#shards.length * isProgress.length);
    const shards = this.#shards.length;
    const chunkStates = crew?.chunkStates ?? chunkStatesDefault;
    this.#block = makeBlock({ chunks: 1, chunkStates, capacity: capacityFirst, shards }, allocate);
    this.#reader = new BlockReader(this.#block, isProgress.length);
    this.rebuildPhaseRunners();
  }

  /** To be called when the store has another layout, other pairs or another array of states. */
  rebuildPhaseRunners(): void {
    const { steps, effects, claims, isProgress, store, canonicalize } = this.#parts;
    const { layout, tree, pairs, states, visited } = store;
    const learnt = { steps, effects, claims, isProgress, block: this.#block, taken: this.#taken };
    const tables: SharedTables = { ...learnt, positions: layout, tree, pairs, states, visited };
    const parts = { tree, pairs, canonicalize, thread: 0 };
    this.#learningRunner = new PhaseRunner(tables, { ...parts, lookup: steps });
    const lookup = lookupWithoutLearning(steps, layout);
    this.#readOnlyRunner = new PhaseRunner(tables, { ...parts, lookup });
  }

  /** Expands up to `states` states from `first` on, and stores the new ones among their successors. */
  run(first: number, states: number, isDeepest: boolean, statesMax: number): BlockResult {
    this.#enlargeFor(states);
    this.#task = {
      first,
      states: Math.min(states, this.#block.chunks * this.#block.chunkStates),
      stored: this.#parts.store.count,
      isDeepest,
      statesMax: Math.min(statesMax, int32Max),
    };
    do {
      this.#taken.fill(0);
      this.#parts.store.reservePairs();
      this.#runPhase('expand');
    } while (!this.#finishChunks());
    this.#lookUp();
    const { orbits } = this.#learningRunner.expander;
    const end = this.#assignNumbers();
    this.#runPhase('number');
    this.#recordParents();
    this.#runPhase('write back');
    this.#updateCounts(end);
    return this.#reader.result(this.#task, this.#taken, this.#represented(end, orbits));
  }

  /** Gives the block enough chunks for so many states, up to the limits. */
  #enlargeFor(states: number): void {
    const { chunks, chunkStates, capacity } = this.#block;
    const most = Math.max(1, Math.min(chunksMax, Math.floor(blockCapacityMax / capacity)));
    let enough = chunks;
    while (enough < most && enough * chunkStates < states) enough = Math.min(most, 4 * enough);
    if (enough > chunks) this.#replaceBlock(enough, capacity);
  }

  #replaceBlock(chunks: number, capacity: number): void {
    const { chunkStates, shards } = this.#block;
    this.#block = makeBlock({ chunks, chunkStates, capacity, shards }, this.#parts.allocate);
    this.#reader = new BlockReader(this.#block, this.#parts.isProgress.length);
    this.rebuildPhaseRunners();
  }

  /** Runs a phase on all threads, or on this one alone where that is faster. */
  #runPhase(phase: Phase): void {
    const { crew } = this.#parts;
    // For a single chunk, to wake the other threads would take longer than the phase.
    if (crew && this.#task.states > this.#block.chunkStates) {
      const runner = this.#readOnlyRunner;
      crew.run(phase, runner.tables, this.#task, (takeChunk) =>
        runner.run(phase, this.#task, [0], takeChunk),
      );
      return;
    }
    let chunk = 0;
    this.#learningRunner.run(phase, this.#task, this.#shards, () => chunk++);
  }

  /**
   * Expands the chunks that stopped early once more, on this thread, which learns what was missing.
   *
   * @returns false where the block has to begin again: states have another layout now, or chunks another size
   */
  #finishChunks(): boolean {
    const { steps, store } = this.#parts;
    for (let chunk = 0; chunk * this.#block.chunkStates < this.#task.states; chunk++) {
      let status = this.#reader.chunkValue(chunk, chunkField.status);
      while (status !== chunkStatus.complete) {
        if (steps.isOutgrown) {
          this.#repackStore();
          return false;
        }
        if (status === chunkStatus.chunkFull) {
          this.#doubleChunkCapacity();
          return false;
        }
        if (status === chunkStatus.pairsFull) store.reservePairs();
        status = this.#learningRunner.expander.expandAgain(chunk, this.#task);
      }
    }
    return true;
  }

  /** Doubles the capacity of each chunk; the block may get fewer chunks for it, and so fewer states. */
  #doubleChunkCapacity(): void {
    const { chunks, chunkStates } = this.#block;
    const capacity = 2 * this.#block.capacity;
    this.#replaceBlock(Math.max(1, Math.min(chunks, Math.floor(blockCapacityMax / capacity))), capacity);
    const states = Math.min(this.#task.states, this.#block.chunks * chunkStates);
    this.#task = { ...this.#task, states };
  }

  /** Gives more bits to the slots that have outgrown theirs, in every stored state. */
  #repackStore(): void {
    const { steps, effects, store } = this.#parts;
    steps.isOutgrown = false;
    const isRefolded = store.repack();
    effects.compileAll(store.layout, store.tree);
    this.rebuildPhaseRunners();
    if (!isRefolded) return;
    store.visited.recount(store.states, store.count);
    store.visited.enlargeFor([]);
    this.#runPhase('rebuild index');
  }

  /** Looks the records up, in an index that is large enough for all of them. */
  #lookUp(): void {
    const { visited } = this.#parts.store;
    const more = this.#shards.map((shard) => {
      let records = 0;
      for (let chunk = 0; chunk * this.#block.chunkStates < this.#task.states; chunk++)
        records += this.#reader.chunkValue(chunk, chunkField.shards + shard);
      return records;
    });
    if (visited.isTooSmallFor(more)) this.#runPhase(visited.enlargeFor(more));
    this.#runPhase('look up');
  }

  /** Tells each chunk the number of its first new state, and reserves memory. @returns how many states there will be */
  #assignNumbers(): number {
    const { store } = this.#parts;
    const { states } = store;
    const { chunkFields, shards, chunkStates } = this.#block;
    const { statesMax } = this.#task;
    let next = this.#task.stored;
    for (let chunk = 0; chunk * chunkStates < this.#task.states; chunk++) {
      chunkFields[chunk * chunkFieldsSize(shards) + chunkField.first] = next;
      for (const shard of this.#shards)
        next += this.#reader.chunkValue(chunk, chunkField.shards + shards + shard);
      next = Math.min(next, statesMax);
    }
    store.reserveStates(next - this.#task.stored);
    if (store.states !== states) this.rebuildPhaseRunners();
    return next;
  }

  #recordParents(): void {
    let before = this.#task.stored;
    for (let state = 0; state < this.#task.states; state++) {
      const end = this.#block.numberEnds[state] as number;
      this.#parts.ancestry.appendChildren(end - before);
      before = end;
    }
  }

  #updateCounts(end: number): void {
    const { store } = this.#parts;
    const { shardCounts } = this.#block;
    store.count = end;
    for (const shard of this.#shards) {
      const stored = shardCounts[shardCountsSize * shard + shardCount.stored] as number;
      (store.visited.counts[shard] as number) += stored;
    }
  }

  /** How many states have one of the new states as their representative. @param orbits for each record how many */
  #represented(end: number, orbits: Float64Array): number {
    if (orbits.length === 0) return end - this.#task.stored;
    const { newStates, newNumbers, shardCounts } = this.#block;
    let represented = 0;
    for (const shard of this.#shards) {
      const begin = firstNewStateOf(this.#block, shard);
      const found = shardCounts[shardCountsSize * shard + shardCount.found] as number;
      for (let position = begin; position < begin + found; position++) {
        if ((newNumbers[position] as number) < 0) continue;
        const record = newStates[newStateSize * position + newStateField.record] as number;
        represented += orbits[record] as number;
      }
    }
    return represented;
  }
}
