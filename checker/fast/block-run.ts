import type { Claims } from '../learning/claims.ts';
import type { Effects } from '../learning/effects.ts';
import type { Steps } from '../learning/steps.ts';
import { Walker } from '../learning/walker.ts';
import type { Ancestry } from '../store/ancestry.ts';
import type { Store } from '../store/store.ts';
import type { Allocate } from '../store/words.ts';
import {
  type Block,
  blockOf,
  chunkStatesDefault,
  countSize,
  ended,
  fresh,
  freshSize,
  head,
  headSize,
  placeOf,
} from './block.ts';
import { BlockReader, type Found } from './block-reader.ts';
import type { Crew, Step } from './crew.ts';
import type { Enabling, Represent } from './expander.ts';
import { Hand } from './hand.ts';
import type { Tables, Task } from './tables.ts';

/** Chunks of a block at most, and transitions for which a chunk has room at first. */
const chunksMax = 32;
const roomFirst = 1024;
/** Transitions of a block at most, unless one chunk has more: they take memory while they are on their way. */
const blockRoomMax = 1 << 21;

/** What blocks are made of. */
export interface BlockParts<S extends object, A> {
  readonly steps: Steps<S, A>;
  readonly effects: Effects;
  readonly claims: Claims<S, A>;
  readonly progresses: Int32Array;
  readonly ancestry: Ancestry;
  readonly represent: Represent | null;
  readonly crew: Crew | null;
  readonly allocate: Allocate;
  readonly store: Store;
}

/** Takes blocks of states through their steps: see {@link Block}. */
export class BlockRun<S extends object, A> {
  readonly #parts: BlockParts<S, A>;
  #block: Block;
  #reader: BlockReader;
  readonly #taken: Int32Array;
  #task: Task = { first: 0, states: 0, stored: 0, isDeepest: false, statesMax: 0 };
  /** This thread's part: where it may learn, and where it may not for others are reading. */
  #learning!: Hand;
  #reading!: Hand;
  readonly #shares: number[];

  constructor(parts: BlockParts<S, A>) {
    const { crew, allocate, progresses } = parts;
    this.#parts = parts;
    this.#shares = Array.from({ length: crew?.size ?? 1 }, (_, share) => share);
    this.#taken = allocate(this.#shares.length * progresses.length);
    const shares = this.#shares.length;
    const chunkStates = crew?.chunkStates ?? chunkStatesDefault;
    this.#block = blockOf({ chunks: 1, chunkStates, room: roomFirst, shares }, allocate);
    this.#reader = new BlockReader(this.#block, progresses.length);
    this.retool();
  }

  /** Has to be called when the store, its layout, or an array of states is another one. */
  retool(): void {
    const { steps, effects, claims, progresses, store, represent } = this.#parts;
    const { layout, tree, pairs, states, visited } = store;
    const known = { steps, effects, claims, progresses, block: this.#block, taken: this.#taken };
    const tables: Tables = { ...known, places: layout, tree, pairs, states, visited };
    const walker = new Walker(steps, layout);
    const reading: Enabling = {
      found: walker,
      findEnabled: (nodes) => walker.findEnabled(nodes, null, null),
    };
    this.#learning = new Hand(tables, { tree, pairs, enabling: steps, represent, index: 0 });
    this.#reading = new Hand(tables, { tree, pairs, enabling: reading, represent, index: 0 });
  }

  /** Expands up to `states` states from `first` on, and stores the new ones among their successors. */
  run(first: number, states: number, isDeepest: boolean, statesMax: number): Found {
    this.#fit(states);
    const capacity = this.#block.chunks * this.#block.chunkStates;
    const { count } = this.#parts.store;
    const most = Math.min(statesMax, 2 ** 31 - 1);
    this.#task = { first, states: Math.min(states, capacity), stored: count, isDeepest, statesMax: most };
    do {
      this.#taken.fill(0);
      this.#parts.store.makeRoom();
      this.#do('expand');
    } while (!this.#mend());
    this.#lookUp();
    const { orbits } = this.#learning.expander;
    const end = this.#prepare();
    this.#do('number');
    this.#noteParents();
    this.#do('write back');
    this.#count(end);
    return this.#reader.found(this.#task, this.#taken, this.#represented(end, orbits));
  }

  /** A level with more states than the block has room for makes it larger. */
  #fit(states: number): void {
    const { chunks, chunkStates, room } = this.#block;
    const most = Math.max(1, Math.min(chunksMax, Math.floor(blockRoomMax / room)));
    let enough = chunks;
    while (enough < most && enough * chunkStates < states) enough = Math.min(most, 4 * enough);
    if (enough > chunks) this.#renew(enough, room);
  }

  #renew(chunks: number, room: number): void {
    const { chunkStates, shares } = this.#block;
    this.#block = blockOf({ chunks, chunkStates, room, shares }, this.#parts.allocate);
    this.#reader = new BlockReader(this.#block, this.#parts.progresses.length);
    this.retool();
  }

  /** Has a step done, by all threads where that is worth while. */
  #do(step: Step): void {
    const { crew } = this.#parts;
    // Waking the others for one chunk would take longer than it.
    if (crew && this.#task.states > this.#block.chunkStates) {
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
    for (let chunk = 0; chunk * this.#block.chunkStates < this.#task.states; chunk++) {
      for (let status = this.#reader.head(chunk, head.status); status !== ended.well; ) {
        if (steps.isOutgrown) {
          this.#layOutAnew();
          return false;
        }
        if (status === ended.overflown) {
          this.#widen();
          return false;
        }
        if (status === ended.crowded) store.makeRoom();
        status = this.#learning.expander.expandAgain(chunk, this.#task);
      }
    }
    return true;
  }

  /** Gives each chunk twice the room, and has the block keep to its own. */
  #widen(): void {
    const { chunks, chunkStates } = this.#block;
    const room = 2 * this.#block.room;
    this.#renew(Math.max(1, Math.min(chunks, Math.floor(blockRoomMax / room))), room);
    const states = Math.min(this.#task.states, this.#block.chunks * chunkStates);
    this.#task = { ...this.#task, states };
  }

  /** Gives slots that have outgrown their bits more of them. */
  #layOutAnew(): void {
    const { steps, effects, store } = this.#parts;
    steps.isOutgrown = false;
    const isOther = store.repack();
    effects.compileAll(store.layout, store.tree);
    this.retool();
    if (!isOther) return;
    store.visited.recount(store.states, store.count);
    store.visited.enlarge([]);
    this.#do('fill');
  }

  /** Looks the records up, in an index that has room for all of them. */
  #lookUp(): void {
    const { visited } = this.#parts.store;
    const more = this.#shares.map((share) => {
      let records = 0;
      for (let chunk = 0; chunk * this.#block.chunkStates < this.#task.states; chunk++)
        records += this.#reader.head(chunk, head.shares + share);
      return records;
    });
    if (visited.isShort(more)) this.#do(visited.enlarge(more));
    this.#do('look up');
  }

  /** Makes room for the new states, and says where those of each chunk begin. @returns how many states there will be */
  #prepare(): number {
    const store = this.#parts.store;
    const { states } = store;
    const { heads, shares, chunkStates } = this.#block;
    const { statesMax } = this.#task;
    let next = this.#task.stored;
    for (let chunk = 0; chunk * chunkStates < this.#task.states; chunk++) {
      heads[chunk * headSize(shares) + head.first] = next;
      for (const share of this.#shares) next += this.#reader.head(chunk, head.shares + shares + share);
      next = Math.min(next, statesMax);
    }
    store.prepare(next - this.#task.stored);
    if (store.states !== states) this.retool();
    return next;
  }

  /** Notes how many new states each state of the block has led to. */
  #noteParents(): void {
    let before = this.#task.stored;
    for (let state = 0; state < this.#task.states; state++) {
      const end = this.#block.numberEnds[state] as number;
      this.#parts.ancestry.append(end - before);
      before = end;
    }
  }

  #count(end: number): void {
    const store = this.#parts.store;
    store.count = end;
    for (const share of this.#shares) {
      (store.visited.counts[share] as number) += this.#block.counts[countSize * share + 1] as number;
    }
  }

  /** How many states those that were stored stand for. @param orbits of each record, where they are representatives */
  #represented(end: number, orbits: Float64Array): number {
    if (orbits.length === 0) return end - this.#task.stored;
    const { news, numbers, counts } = this.#block;
    let represented = 0;
    for (const share of this.#shares) {
      const own = placeOf(this.#block, share);
      for (let place = own; place < own + (counts[countSize * share] as number); place++) {
        if ((numbers[place] as number) >= 0)
          represented += orbits[news[freshSize * place + fresh.record] as number] as number;
      }
    }
    return represented;
  }
}
