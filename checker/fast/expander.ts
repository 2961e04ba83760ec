import type { Walker } from '../learning/walker.ts';
import type { Pairs } from '../store/pairs.ts';
import type { Tree } from '../store/tree.ts';
import { shareOf } from '../store/visited.ts';
import { hashOf } from '../store/words.ts';
import { breachSize, ended, head, headSize, recordSize } from './block.ts';
import { Recent } from './recent.ts';
import type { Tables, Task } from './tables.ts';

/** Finds what a state enables. */
export interface Enabling {
  readonly found: Pick<Walker, 'actions' | 'leaves' | 'count'>;
  /** @returns false where something is not known */
  readonly findEnabled: (nodes: Int32Array) => boolean;
}

/** Replaces the state whose nodes these are by its representative. @returns how many states that stands for */
export type Represent = (nodes: Int32Array) => number;

/** Takes the steps of the states of a block, chunk by chunk, and writes down where they lead. */
export class Expander {
  readonly #tables: Tables;
  readonly #tree: Tree;
  readonly #pairs: Pairs;
  readonly #enabling: Enabling;
  /** The state that is expanded, and the same again, to be changed. */
  readonly #base: Int32Array;
  readonly #nodes: Int32Array;
  readonly #image: Int32Array;
  readonly #represent: Represent | null;
  readonly #first: number;
  readonly #second: number;
  readonly #shareCounts: Int32Array;
  #recent: Recent | null;
  /** How often each action was taken in the chunk. */
  readonly #taken: Int32Array;
  readonly #hand: number;
  /** Of each record how many states its state stands for, where states are replaced by representatives. */
  orbits: Float64Array = new Float64Array(0);
  #chunk = 0;
  #orbit = 1;
  #transitions = 0;
  #breaches = 0;
  #isResting = false;

  /** @param hand which of the threads this is */
  constructor(
    tables: Tables,
    tree: Tree,
    pairs: Pairs,
    enabling: Enabling,
    represent: Represent | null,
    hand: number,
  ) {
    this.#tables = tables;
    this.#tree = tree;
    this.#pairs = pairs;
    this.#enabling = enabling;
    this.#base = new Int32Array(tree.size);
    this.#nodes = new Int32Array(tree.size);
    this.#image = new Int32Array(tree.size);
    this.#represent = represent;
    this.#first = tree.first;
    this.#second = tree.second;
    this.#shareCounts = new Int32Array(tables.block.shares);
    this.#recent = new Recent(tables.block.chunks, hashOf);
    this.#taken = new Int32Array(tables.progresses.length);
    this.#hand = hand;
    if (represent) this.orbits = new Float64Array(tables.block.numbers.length);
  }

  /**
   * Expands a chunk that another thread, or this one, has not expanded well: not in its turn, so what was met lately may
   * have been met at a later place.
   */
  expandAgain(chunk: number, task: Task): number {
    const recent = this.#recent;
    this.#recent = null;
    const status = this.expand(chunk, task);
    this.#recent = recent;
    return status;
  }

  /** Expands the states of a chunk. @returns how that ended */
  expand(chunk: number, task: Task): number {
    const { block } = this.#tables;
    const { chunkStates } = block;
    this.#chunk = chunk;
    this.#transitions = 0;
    this.#breaches = 0;
    this.#shareCounts.fill(0);
    this.#taken.fill(0);
    let resting = 0;
    let status: number = ended.well;
    const end = Math.min(chunkStates, task.states - chunk * chunkStates);
    for (let i = 0; i < end && status === ended.well; i++) {
      status = this.#expandState(i, task.first + chunk * chunkStates + i);
      const at = chunk * chunkStates + i;
      block.transitionEnds[at] = this.#transitions;
      if (this.#isResting) block.resting[chunk * chunkStates + resting++] = i;
    }
    this.#sumUp(status, resting);
    if (status === ended.well) this.#addTaken();
    return status;
  }

  #addTaken(): void {
    const { taken } = this.#tables;
    const own = this.#hand * this.#taken.length;
    for (let action = 0; action < this.#taken.length; action++)
      (taken[own + action] as number) += this.#taken[action] as number;
  }

  #sumUp(status: number, resting: number): void {
    const { heads, shares } = this.#tables.block;
    const from = this.#chunk * headSize(shares);
    heads[from + head.status] = status;
    heads[from + head.transitions] = this.#transitions;
    heads[from + head.resting] = resting;
    heads[from + head.breaches] = this.#breaches;
    heads.set(this.#shareCounts, from + head.shares);
  }

  #expandState(position: number, number: number): number {
    const { states, block, progresses } = this.#tables;
    const base = this.#base;
    this.#tree.unfold(states[2 * number] as number, states[2 * number + 1] as number, base, this.#pairs);
    if (!this.#enabling.findEnabled(base)) return ended.unlearnt;
    const { actions, leaves, count } = this.#enabling.found;
    if (this.#transitions + count > block.room) return ended.overflown;
    this.#nodes.set(base);
    this.#isResting = true;
    for (let i = 0; i < count; i++) {
      if (progresses[actions[i] as number] === 1) this.#isResting = false;
    }
    this.#take(position, actions, leaves, count);
    return this.#pairs.isFull ? ended.crowded : ended.well;
  }

  /** Takes the first `count` steps, and writes down where each leads, unless it leads back at once. */
  #take(position: number, actions: Int32Array, leaves: Int32Array, count: number): void {
    const { breaking, places, ops } = this.#tables.effects;
    const { left, right } = this.#tree;
    const nodes = this.#nodes;
    const base = this.#base;
    const pairs = this.#pairs;
    const taken = this.#taken;
    for (let k = 0; k < count; k++) {
      const leaf = leaves[k] as number;
      (taken[actions[k] as number] as number)++;
      this.#transitions++;
      if (breaking[leaf] === 1) this.#breach(position, actions[k] as number, leaf);
      const begin = places[4 * leaf] as number;
      const middle = places[4 * leaf + 1] as number;
      const end = places[4 * leaf + 2] as number;
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
      this.#record(leaf);
      for (let i = begin; i < middle; i += 3) nodes[ops[i] as number] = base[ops[i] as number] as number;
      for (let i = middle; i < end; i++) nodes[ops[i] as number] = base[ops[i] as number] as number;
    }
  }

  #breach(position: number, action: number, leaf: number): void {
    const { breaches, room } = this.#tables.block;
    const at = breachSize * (this.#chunk * room + this.#breaches++);
    breaches.set([position, action, leaf, this.#transitions], at);
  }

  #record(leaf: number): void {
    const { records, room, shares } = this.#tables.block;
    const nodes = this.#represented();
    // A pair without a room has the number of another one: what is folded of it is no state, and is not to be remembered.
    if (this.#pairs.isFull) return;
    const first = nodes[this.#first] as number;
    const second = nodes[this.#second] as number;
    const hash = hashOf(first, second);
    if (this.#recent?.has(first, second, hash)) return;
    const share = shareOf(hash, shares);
    const record = (this.#chunk * shares + share) * room + (this.#shareCounts[share] as number);
    (this.#shareCounts[share] as number)++;
    const at = recordSize * record;
    records[at] = first;
    records[at + 1] = second;
    records[at + 2] = leaf;
    records[at + 3] = this.#transitions;
    if (this.#represent) this.orbits[record] = this.#orbit;
  }

  /** The nodes of what is to be stored for the state in `#nodes`. */
  #represented(): Int32Array {
    const represent = this.#represent;
    if (represent === null) return this.#nodes;
    this.#image.set(this.#nodes);
    this.#orbit = represent(this.#image);
    return this.#image;
  }
}
