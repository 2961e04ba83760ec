import type { Pairs } from '../store/pairs.ts';
import type { Tree } from '../store/tree.ts';
import { shardOf } from '../store/visited.ts';
import { hashOf } from '../store/words.ts';
import { breachSize, chunkField, chunkFieldsSize, chunkStatus, recordField, recordSize } from './block.ts';
import { RecentStates } from './recent-states.ts';
import type { BlockTask, SharedTables } from './shared-tables.ts';
import type { Canonicalize, EnabledLookup, ThreadParts } from './thread-parts.ts';

/** Takes the steps from the states of a chunk, and writes a record for each successor. */
export class Expander {
  readonly #tables: SharedTables;
  readonly #tree: Tree;
  readonly #pairs: Pairs;
  readonly #lookup: EnabledLookup;
  readonly #thread: number;
  /** The state that is expanded. */
  readonly #base: Int32Array;
  /** A copy of `#base` that a step changes and that is restored after it. */
  readonly #nodes: Int32Array;
  readonly #canonicalNodes: Int32Array;
  readonly #canonicalize: Canonicalize | null;
  readonly #first: number;
  readonly #second: number;
  readonly #shardCounts: Int32Array;
  #recentStates: RecentStates | null;
  /** How often each action was taken in the chunk. */
  readonly #taken: Int32Array;
  /** For each record how many states have the same representative; empty without symmetry. */
  orbits: Float64Array = new Float64Array(0);
  #chunk = 0;
  #orbit = 1;
  #transitions = 0;
  #breaches = 0;
  #isQuiescent = false;

  constructor(tables: SharedTables, { tree, pairs, lookup, canonicalize, thread }: ThreadParts) {
    this.#tables = tables;
    this.#tree = tree;
    this.#pairs = pairs;
    this.#lookup = lookup;
    this.#base = new Int32Array(tree.size);
    this.#nodes = new Int32Array(tree.size);
    this.#canonicalNodes = new Int32Array(tree.size);
    this.#canonicalize = canonicalize;
    this.#first = tree.first;
    this.#second = tree.second;
    this.#shardCounts = new Int32Array(tables.block.shards);
    this.#recentStates = new RecentStates(tables.block.chunks, hashOf);
    this.#taken = new Int32Array(tables.isProgress.length);
    this.#thread = thread;
    if (canonicalize) this.orbits = new Float64Array(tables.block.newNumbers.length);
  }

  /** Re-expands a chunk that stopped early. It runs out of order, so the cache of recent states is off. */
  expandAgain(chunk: number, task: BlockTask): number {
    const recentStates = this.#recentStates;
    this.#recentStates = null;
    const status = this.expand(chunk, task);
    this.#recentStates = recentStates;
    return status;
  }

  /** Expands the states of a chunk until one of them cannot be expanded. @returns its {@link chunkStatus} */
  expand(chunk: number, task: BlockTask): number {
    const { block } = this.#tables;
    const from = chunk * block.chunkStates;
    this.#chunk = chunk;
    this.#transitions = 0;
    this.#breaches = 0;
    this.#shardCounts.fill(0);
    this.#taken.fill(0);
    let quiescent = 0;
    let status: number = chunkStatus.complete;
    const end = Math.min(block.chunkStates, task.states - from);
    for (let i = 0; i < end && status === chunkStatus.complete; i++) {
      status = this.#expandState(i, task.first + from + i);
      block.transitionEnds[from + i] = this.#transitions;
      if (this.#isQuiescent) block.quiescent[from + quiescent++] = i;
    }
    this.#writeChunkFields(status, quiescent);
    if (status === chunkStatus.complete) this.#addTaken();
    return status;
  }

  #addTaken(): void {
    const { taken } = this.#tables;
    const own = this.#thread * this.#taken.length;
    for (let action = 0; action < this.#taken.length; action++)
      (taken[own + action] as number) += this.#taken[action] as number;
  }

  #writeChunkFields(status: number, quiescent: number): void {
    const { chunkFields, shards } = this.#tables.block;
    const from = this.#chunk * chunkFieldsSize(shards);
    chunkFields[from + chunkField.status] = status;
    chunkFields[from + chunkField.transitions] = this.#transitions;
    chunkFields[from + chunkField.quiescent] = quiescent;
    chunkFields[from + chunkField.breaches] = this.#breaches;
    chunkFields.set(this.#shardCounts, from + chunkField.shards);
  }

  #expandState(position: number, number: number): number {
    const { states, block, isProgress } = this.#tables;
    const base = this.#base;
    this.#tree.unfold(states[2 * number] as number, states[2 * number + 1] as number, base, this.#pairs);
    if (!this.#lookup.findEnabled(base)) return chunkStatus.unlearnt;
    const { actions, leaves, count } = this.#lookup.lastFound;
    if (this.#transitions + count > block.capacity) return chunkStatus.chunkFull;
    this.#nodes.set(base);
    this.#isQuiescent = true;
    for (let i = 0; i < count; i++) {
      if (isProgress[actions[i] as number] === 1) this.#isQuiescent = false;
    }
    this.#takeSteps(position, actions, leaves, count);
    return this.#pairs.isFull ? chunkStatus.pairsFull : chunkStatus.complete;
  }

  /** Takes the first `count` steps, and records each successor that differs from the state itself. */
  #takeSteps(position: number, actions: Int32Array, leaves: Int32Array, count: number): void {
    const { breaksClaim, ranges, ops } = this.#tables.effects;
    const { left, right } = this.#tree;
    const nodes = this.#nodes;
    const base = this.#base;
    const pairs = this.#pairs;
    const taken = this.#taken;
    for (let k = 0; k < count; k++) {
      const leaf = leaves[k] as number;
      (taken[actions[k] as number] as number)++;
      this.#transitions++;
      if (breaksClaim[leaf] === 1) this.#recordBreach(position, actions[k] as number, leaf);
      const begin = ranges[4 * leaf] as number;
      const middle = ranges[4 * leaf + 1] as number;
      const end = ranges[4 * leaf + 2] as number;
      let changed = 0;
      for (let i = begin; i < middle; i += 3) {
        const word = ops[i] as number;
        const before = base[word] as number;
        const after = (before & (ops[i + 1] as number)) | (ops[i + 2] as number);
        nodes[word] = after;
        changed |= before ^ after;
      }
      if (changed === 0) continue;
      for (let i = middle; i < end; i++) {
        const node = ops[i] as number;
        nodes[node] = pairs.numberOf(
          nodes[left[node] as number] as number,
          nodes[right[node] as number] as number,
        );
      }
      this.#recordSuccessor(leaf);
      for (let i = begin; i < middle; i += 3) nodes[ops[i] as number] = base[ops[i] as number] as number;
      for (let i = middle; i < end; i++) nodes[ops[i] as number] = base[ops[i] as number] as number;
    }
  }

  #recordBreach(position: number, action: number, leaf: number): void {
    const { breaches, capacity } = this.#tables.block;
    const at = breachSize * (this.#chunk * capacity + this.#breaches++);
    breaches.set([position, action, leaf, this.#transitions], at);
  }

  #recordSuccessor(leaf: number): void {
    const { records, capacity, shards } = this.#tables.block;
    const nodes = this.#nodesToStore();
    // When the pair table is full, numberOf returns a placeholder; do not record the state.
    if (this.#pairs.isFull) return;
    const first = nodes[this.#first] as number;
    const second = nodes[this.#second] as number;
    const hash = hashOf(first, second);
    if (this.#recentStates?.testAndSet(first, second, hash)) return;
    const shard = shardOf(hash, shards);
    const record = (this.#chunk * shards + shard) * capacity + (this.#shardCounts[shard] as number);
    (this.#shardCounts[shard] as number)++;
    const at = recordSize * record;
    records[at + recordField.first] = first;
    records[at + recordField.second] = second;
    records[at + recordField.leaf] = leaf;
    records[at + recordField.ordinal] = this.#transitions;
    if (this.#canonicalize) this.orbits[record] = this.#orbit;
  }

  /** The nodes of the successor in `#nodes`, or of its representative. */
  #nodesToStore(): Int32Array {
    const canonicalize = this.#canonicalize;
    if (canonicalize === null) return this.#nodes;
    this.#canonicalNodes.set(this.#nodes);
    this.#orbit = canonicalize(this.#canonicalNodes);
    return this.#canonicalNodes;
  }
}
