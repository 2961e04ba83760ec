import type { Ancestry } from './ancestry.ts';
import { type Block, blockOf, breachSize, chunkStates, countSize, ended, head, headSize } from './block.ts';
import type { Claims } from './claims.ts';
import type { Crew, Step } from './crew.ts';
import type { Effects } from './effects.ts';
import type { Enabling, Reducer } from './expander.ts';
import { Hand } from './hand.ts';
import type { Steps } from './steps.ts';
import type { Store } from './store.ts';
import type { Tables, Task } from './tables.ts';
import { Walker } from './walker.ts';
import type { Allocate } from './words.ts';

/** Chunks of a block at most, and records for which a chunk has room at first. */
const chunksMax = 32;
const roomFirst = 1024;

/** What blocks are made of. */
export interface BlockParts<S extends object, A> {
  readonly steps: Steps<S, A>;
  readonly effects: Effects;
  readonly claims: Claims<S, A>;
  readonly progresses: Int32Array;
  readonly ancestry: Ancestry;
  readonly reducer: Reducer | null;
  readonly crew: Crew | null;
  readonly allocate: Allocate;
  readonly store: () => Store;
}

/** A place in a search: a state, and how many states and transitions of the block there were before it. */
export interface Place {
  readonly number: number;
  /** States stored by then. */
  readonly states: number;
  /** Transitions of the block taken by then. */
  readonly transitions: number;
}

/** What came of a block. */
export interface Found {
  readonly states: number;
  readonly transitions: number;
  readonly quiescent: number;
  /** How many states the new ones stand for. */
  readonly represented: number;
  readonly isTooDeep: boolean;
  readonly taken: Int32Array;
  /** New states that somebody has to look at, in the order of discovery. */
  readonly noted: () => Iterable<Place & { readonly parent: number; readonly leaf: number }>;
  /** Quiescent states. */
  readonly resting: () => Iterable<Place>;
  /** Steps that break a claim about steps. */
  readonly breaches: () => Iterable<Place & { readonly action: number; readonly leaf: number }>;
}

/** Takes blocks of states through their steps: see {@link Block}. */
export class BlockRun<S extends object, A> {
  readonly #parts: BlockParts<S, A>;
  #block: Block;
  /** How many states were stored when each state of the block had been expanded. */
  #numberEnds: Int32Array;
  readonly #taken: Int32Array;
  #task: Task = { first: 0, states: 0, stored: 0, isDeepest: false };
  /** This thread's part: where it may learn, and where it may not for others are reading. */
  #learning!: Hand;
  #reading!: Hand;
  readonly #shares: number[];

  constructor(parts: BlockParts<S, A>) {
    const { crew, allocate, progresses } = parts;
    this.#parts = parts;
    this.#shares = Array.from({ length: crew?.size ?? 1 }, (_, share) => share);
    this.#taken = allocate(this.#shares.length * progresses.length);
    this.#block = blockOf(1, roomFirst, this.#shares.length, allocate);
    this.#numberEnds = new Int32Array(chunkStates);
    this.retool();
  }

  /** Has to be called when the store, its layout, or an array of states is another one. */
  retool(): void {
    const { steps, effects, claims, progresses, store, reducer } = this.#parts;
    const { layout, tree, pairs, states, visited } = store();
    const known = { steps, effects, claims, progresses, block: this.#block, taken: this.#taken };
    const tables: Tables = { ...known, places: layout, tree, pairs, states, visited };
    const walker = new Walker(steps, layout);
    const reading: Enabling = {
      found: walker,
      findEnabled: (nodes) => walker.findEnabled(nodes, null, null),
    };
    this.#learning = new Hand(tables, { tree, pairs, enabling: steps, reducer, index: 0 });
    this.#reading = new Hand(tables, { tree, pairs, enabling: reading, reducer, index: 0 });
  }

  /** Expands up to `states` states from `first` on, and stores the new ones among their successors. */
  run(first: number, states: number, isDeepest: boolean, statesMax: number): Found {
    this.#fit(states);
    const capacity = this.#block.chunks * chunkStates;
    const { count } = this.#parts.store();
    this.#task = { first, states: Math.min(states, capacity), stored: count, isDeepest };
    do {
      this.#taken.fill(0);
      this.#makeRoom();
      this.#do('expand');
    } while (!this.#mend());
    this.#lookUp();
    const { end, represented } = this.#number(statesMax);
    this.#writeBack(end);
    return this.#found(represented);
  }

  /** A level with more states than the block has room for makes it larger. */
  #fit(states: number): void {
    const { chunks, room, shares } = this.#block;
    if (states <= chunks * chunkStates || chunks === chunksMax) return;
    this.#renew(blockOf(Math.min(chunksMax, 4 * chunks), room, shares, this.#parts.allocate));
  }

  #renew(block: Block): void {
    this.#block = block;
    this.#numberEnds = new Int32Array(block.chunks * chunkStates);
    this.retool();
  }

  #makeRoom(): void {
    this.#parts.store().makeRoom();
  }

  /** Has a step done, by all threads where that is worth while. */
  #do(step: Step): void {
    const { crew } = this.#parts;
    if (crew && this.#task.states >= crew.statesMin) {
      const hand = this.#reading;
      crew.run(step, hand.tables, this.#task, (next) => hand.run(step, this.#task, [0], next));
      return;
    }
    let chunk = 0;
    this.#learning.run(step, this.#task, this.#shares, () => chunk++);
  }

  /** Expands again what was not expanded well, and learns. @returns false where the block has to begin again */
  #mend(): boolean {
    const { steps, store } = this.#parts;
    for (let chunk = 0; chunk * chunkStates < this.#task.states; chunk++) {
      for (let status = this.#head(chunk, head.status); status !== ended.well; ) {
        if (steps.isOutgrown) {
          this.#layOutAnew();
          return false;
        }
        if (status === ended.overflown) {
          const { chunks, room, shares } = this.#block;
          this.#renew(blockOf(chunks, 2 * room, shares, this.#parts.allocate));
          return false;
        }
        if (status === ended.crowded) store().pairs.enlarge(this.#parts.allocate);
        status = this.#learning.expander.expandAgain(chunk, this.#task);
      }
    }
    return true;
  }

  /** Gives slots that have outgrown their bits more of them. */
  #layOutAnew(): void {
    const { steps, effects, store } = this.#parts;
    steps.isOutgrown = false;
    const isOther = store().repack();
    effects.compileAll(store().layout, store().tree);
    this.retool();
    if (!isOther) return;
    store().visited.enlarge([], store().count);
    this.#do('fill');
  }

  #head(chunk: number, field: number): number {
    return this.#block.heads[chunk * headSize(this.#block.shares) + field] as number;
  }

  /** Looks the records up, in an index that has room for all of them. */
  #lookUp(): void {
    const { visited, count } = this.#parts.store();
    const more = this.#shares.map((share) => {
      let records = 0;
      for (let chunk = 0; chunk * chunkStates < this.#task.states; chunk++)
        records += this.#head(chunk, head.shares + share);
      return records;
    });
    if (visited.isShort(more, count)) {
      visited.enlarge(more, count);
      this.#do('fill');
    }
    this.#do('look up');
  }

  /** Numbers the new states in the order of their records. @returns how many states there are then */
  #number(statesMax: number): { end: number; represented: number } {
    const { found, room, recordEnds } = this.#block;
    const { orbits } = this.#learning.expander;
    let next = this.#task.stored;
    let represented = 0;
    for (let i = 0, record = 0; i < this.#task.states; i++) {
      if (i % chunkStates === 0) record = (i / chunkStates) * room;
      const end = Math.floor(i / chunkStates) * room + (recordEnds[i] as number);
      const before = next;
      for (; record < end; record++) {
        if (found[record] === 0) continue;
        if (next >= statesMax) {
          found[record] = -1;
          continue;
        }
        found[record] = ++next;
        represented += orbits.length > 0 ? (orbits[record] as number) : 1;
      }
      this.#parts.ancestry.append(next - before);
      this.#numberEnds[i] = next;
    }
    return { end: next, represented };
  }

  #writeBack(end: number): void {
    const store = this.#parts.store();
    const { states } = store;
    store.prepare(end - store.count);
    if (store.states !== states) this.retool();
    this.#do('write back');
    store.count = end;
    for (const share of this.#shares) {
      (store.visited.counts[share] as number) += this.#block.counts[countSize * share + 1] as number;
    }
  }

  #found(represented: number): Found {
    const { progresses } = this.#parts;
    const taken = new Int32Array(progresses.length);
    for (let i = 0; i < this.#taken.length; i++)
      (taken[i % taken.length] as number) += this.#taken[i] as number;
    return {
      states: this.#task.states,
      transitions: this.#sum(head.transitions),
      quiescent: this.#sum(head.resting),
      represented,
      isTooDeep: this.#shares.some((share) => this.#block.counts[countSize * share + 3] === 1),
      taken,
      noted: () => this.#noted(),
      resting: () => this.#resting(),
      breaches: () => this.#breaches(),
    };
  }

  #sum(field: number): number {
    let sum = 0;
    for (let chunk = 0; chunk * chunkStates < this.#task.states; chunk++) sum += this.#head(chunk, field);
    return sum;
  }

  *#noted(): Generator<Place & { parent: number; leaf: number }> {
    const { noted, counts, chunks, room, leaves, ordinals, found } = this.#block;
    const records = this.#shares.flatMap((share) => {
      const begin = share * chunks * room;
      return [...noted.subarray(begin, begin + (counts[countSize * share + 2] as number))];
    });
    for (const record of records.sort((a, b) => a - b)) {
      const chunk = Math.floor(record / room);
      const number = (found[record] as number) - 1;
      const transitions = this.#before(chunk) + (ordinals[record] as number);
      const parent = this.#parentOf(chunk, record - chunk * room);
      yield { number, states: number + 1, transitions, parent, leaf: leaves[record] as number };
    }
  }

  #parentOf(chunk: number, record: number): number {
    const { recordEnds } = this.#block;
    let i = chunk * chunkStates;
    while ((recordEnds[i] as number) <= record) i++;
    return this.#task.first + i;
  }

  /** Transitions of the chunks before one. */
  #before(chunk: number): number {
    let sum = 0;
    for (let each = 0; each < chunk; each++) sum += this.#head(each, head.transitions);
    return sum;
  }

  *#resting(): Generator<Place> {
    const { resting, transitionEnds } = this.#block;
    for (let chunk = 0; chunk * chunkStates < this.#task.states; chunk++) {
      for (let k = 0; k < this.#head(chunk, head.resting); k++) {
        const i = chunk * chunkStates + (resting[chunk * chunkStates + k] as number);
        const transitions = this.#before(chunk) + (transitionEnds[i] as number);
        yield { number: this.#task.first + i, states: this.#numberEnds[i] as number, transitions };
      }
    }
  }

  *#breaches(): Generator<Place & { action: number; leaf: number }> {
    const { breaches, room } = this.#block;
    for (let chunk = 0; chunk * chunkStates < this.#task.states; chunk++) {
      for (let k = 0; k < this.#head(chunk, head.breaches); k++) {
        const at = breachSize * (chunk * room + k);
        const [position = 0, action = 0, leaf = 0, ordinal = 0] = breaches.subarray(at, at + breachSize);
        const i = chunk * chunkStates + position;
        const states = i === 0 ? this.#task.stored : (this.#numberEnds[i - 1] as number);
        const transitions = this.#before(chunk) + ordinal;
        yield { number: this.#task.first + i, states, transitions, action, leaf };
      }
    }
  }
}
