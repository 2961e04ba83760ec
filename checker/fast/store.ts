import type { Batch } from './batch.ts';
import { Layout, type Places } from './layout.ts';
import { type Slot, stateOf } from './slots.ts';

const chunkBits = 16;
/** States of every chunk but the last. */
const chunkStates = 1 << chunkBits;
const chunkMask = chunkStates - 1;

/** The index is enlarged when it is fuller than this. */
const loadMax = 0.75;

/** Some states, one after the other, with their parents and the actions that led to them. */
export interface Chunk {
  readonly words: Int32Array;
  readonly parents: Uint32Array;
  readonly actions: Uint16Array;
}

/** What is stored, as it can be written down. */
export interface SavedStore {
  readonly count: number;
  /** Words of a state. */
  readonly width: number;
  readonly places: Places;
  readonly chunks: readonly Chunk[];
}

/**
 * Every distinct state, packed, in the order of discovery, with its parent and the action that led to it;
 * and an index to find one again by open addressing.
 *
 * An entry of the index is 0, or a state's number plus one in the low bits and the rest of its hash above
 * them, which spares most looks at states that differ. States are compared word by word: no hash decides.
 */
export class Store {
  layout: Layout;
  count = 0;
  readonly #slots: readonly Slot[];
  #words: Int32Array[] = [];
  readonly #parents: Uint32Array[] = [];
  readonly #actions: Uint16Array[] = [];
  #index: Int32Array = new Int32Array(1 << 10);
  #mask: number = (1 << 10) - 1;
  #limit: number = loadMax * (1 << 10);

  constructor(slots: readonly Slot[]) {
    this.#slots = slots;
    this.layout = new Layout(slots);
  }

  /** Bytes allocated for states, parents, actions and index. */
  get bytes(): number {
    const perState = 4 * this.layout.width + 4 + 2;
    return this.#words.length * chunkStates * perState + this.#index.byteLength;
  }

  /** The stored states as they can be written down; they are not copied. */
  get saved(): SavedStore {
    const chunks = this.#words.map((words, i): Chunk => {
      const states = Math.min(chunkStates, this.count - i * chunkStates);
      return {
        words: words.subarray(0, states * this.layout.width),
        parents: (this.#parents[i] as Uint32Array).subarray(0, states),
        actions: (this.#actions[i] as Uint16Array).subarray(0, states),
      };
    });
    const { word, shift, mask, taken } = this.layout;
    return { count: this.count, width: this.layout.width, places: { word, shift, mask, taken }, chunks };
  }

  /** Takes up the states of another search, whose slots have been taken up already. */
  restore({ count, places, chunks }: SavedStore): void {
    this.layout = new Layout(this.#slots, places);
    this.#words = [];
    this.#parents.length = 0;
    this.#actions.length = 0;
    for (const chunk of chunks) {
      this.#addChunk();
      this.#words.at(-1)?.set(chunk.words);
      this.#parents.at(-1)?.set(chunk.parents);
      this.#actions.at(-1)?.set(chunk.actions);
    }
    this.count = count;
    let size = this.#index.length;
    while (count > loadMax * size) size *= 2;
    this.#reindex(size);
  }

  /** Copies state `number` into `into`. */
  load(number: number, into: Int32Array): void {
    const { width } = this.layout;
    const chunk = this.#words[number >>> chunkBits] as Int32Array;
    const from = (number & chunkMask) * width;
    for (let k = 0; k < width; k++) into[k] = chunk[from + k] as number;
  }

  /** Where state `number` begins. */
  locate(number: number): { words: Int32Array; from: number } {
    const words = this.#words[number >>> chunkBits] as Int32Array;
    return { words, from: (number & chunkMask) * this.layout.width };
  }

  /** The slots' value numbers of state `number`. */
  unpack(number: number, into: Int32Array): void {
    const { words, from } = this.locate(number);
    this.layout.unpack(words, from, into);
  }

  /**
   * Reads what {@link add} will read for a batch, so that the cache misses overlap.
   *
   * @returns a number that means nothing; it keeps the reading from being optimised away
   */
  touch(batch: Batch): number {
    const index = this.#index;
    const mask = this.#mask;
    const { width } = this.layout;
    let sum = 0;
    for (let i = 0; i < batch.count; i++) sum ^= index[(batch.hashes[i] as number) & mask] as number;
    for (let i = 0; i < batch.count; i++) {
      const number = ((index[(batch.hashes[i] as number) & mask] as number) & mask) - 1;
      if (number >= 0) {
        sum ^= (this.#words[number >>> chunkBits] as Int32Array)[(number & chunkMask) * width] as number;
      }
    }
    return sum;
  }

  /**
   * Stores the state that begins at `from` in `words` if it is new.
   *
   * @param hash its {@link hashOf}
   * @returns its number if it is new, -1 if it is known
   */
  add(words: Int32Array, from: number, hash: number, parent: number, action: number): number {
    const { width } = this.layout;
    const mask = this.#mask;
    const index = this.#index;
    let at = hash & mask;
    for (let entry = index[at] as number; entry !== 0; entry = index[at] as number) {
      if (((entry ^ hash) & ~mask) === 0 && this.#equals((entry & mask) - 1, words, from, width)) return -1;
      at = (at + 1) & mask;
    }
    const number = this.count++;
    index[at] = (hash & ~mask) | (number + 1);
    if ((number & chunkMask) === 0) this.#addChunk();
    const chunk = this.#words[number >>> chunkBits] as Int32Array;
    const to = (number & chunkMask) * width;
    for (let k = 0; k < width; k++) chunk[to + k] = words[from + k] as number;
    (this.#parents[number >>> chunkBits] as Uint32Array)[number & chunkMask] = parent;
    (this.#actions[number >>> chunkBits] as Uint16Array)[number & chunkMask] = action;
    if (this.count > this.#limit) this.#reindex(2 * index.length);
    return number;
  }

  /** Every stored state, whole, in the order of discovery. */
  *states(): Generator<object> {
    const numbers = new Int32Array(this.#slots.length);
    for (let number = 0; number < this.count; number++) {
      this.unpack(number, numbers);
      yield stateOf(this.#slots, numbers);
    }
  }

  /** The number of the state with these value numbers; -1 where it is not stored. */
  numberOf(numbers: Int32Array): number {
    const words = new Int32Array(this.layout.width);
    this.layout.pack(numbers, words, 0);
    return this.find(words, 0, hashOf(words, 0, this.layout.width));
  }

  /** The number of the state that begins at `from` in `words`; -1 where it is not stored. */
  find(words: Int32Array, from: number, hash: number): number {
    const { width } = this.layout;
    const mask = this.#mask;
    for (let at = hash & mask; this.#index[at] !== 0; at = (at + 1) & mask) {
      const entry = this.#index[at] as number;
      const number = (entry & mask) - 1;
      if (((entry ^ hash) & ~mask) === 0 && this.#equals(number, words, from, width)) return number;
    }
    return -1;
  }

  /** The state that state `number` was found from; the initial state's is itself. */
  parentOf(number: number): number {
    return this.#parents[number >>> chunkBits]?.[number & chunkMask] ?? 0;
  }

  /** The action that led from its parent to state `number`. */
  actionOf(number: number): number {
    return this.#actions[number >>> chunkBits]?.[number & chunkMask] ?? 0;
  }

  /** The actions from the initial state to state `number`. */
  trace(number: number): number[] {
    const trace: number[] = [];
    for (let at = number; at > 0; at = this.parentOf(at)) trace.push(this.actionOf(at));
    return trace.reverse();
  }

  /** Gives slots that have outgrown their bits another place, in every state. */
  repack(): void {
    const before = this.layout;
    const after = new Layout(this.#slots, before);
    const moved = Int32Array.from(after.movedSince(before));
    const values = new Int32Array(moved.length);
    this.#words = this.#words.map((old, chunk) => {
      const states = Math.min(chunkStates, this.count - chunk * chunkStates);
      const words = before.width === after.width ? old : new Int32Array(chunkStates * after.width);
      for (let i = 0; i < states; i++) {
        moveSlots(moved, values, before, old, i * before.width, after, words, i * after.width);
      }
      return words;
    });
    this.layout = after;
    this.#reindex(this.#index.length);
  }

  #addChunk(): void {
    this.#words.push(new Int32Array(chunkStates * this.layout.width));
    this.#parents.push(new Uint32Array(chunkStates));
    this.#actions.push(new Uint16Array(chunkStates));
  }

  #equals(number: number, words: Int32Array, from: number, width: number): boolean {
    const chunk = this.#words[number >>> chunkBits] as Int32Array;
    const at = (number & chunkMask) * width;
    for (let k = 0; k < width; k++) if (chunk[at + k] !== words[from + k]) return false;
    return true;
  }

  #reindex(size: number): void {
    const { width } = this.layout;
    const mask = size - 1;
    const index = new Int32Array(size);
    const words = new Int32Array(width);
    for (let number = 0; number < this.count; number++) {
      this.load(number, words);
      const hash = hashOf(words, 0, width);
      let at = hash & mask;
      while (index[at] !== 0) at = (at + 1) & mask;
      index[at] = (hash & ~mask) | (number + 1);
    }
    this.#index = index;
    this.#mask = mask;
    this.#limit = loadMax * size;
  }
}

/** Copies one state from a layout to its successor, in place where the two have the same width. */
function moveSlots(
  moved: Int32Array,
  values: Int32Array,
  before: Layout,
  from: Int32Array,
  fromAt: number,
  after: Layout,
  to: Int32Array,
  toAt: number,
): void {
  for (let m = 0; m < moved.length; m++) {
    const slot = moved[m] as number;
    const at = fromAt + (before.word[slot] as number);
    const field = (before.mask[slot] as number) << (before.shift[slot] as number);
    values[m] = ((from[at] as number) & field) >>> (before.shift[slot] as number);
    from[at] = (from[at] as number) & ~field;
  }
  if (from !== to) for (let k = 0; k < before.width; k++) to[toAt + k] = from[fromAt + k] as number;
  for (let m = 0; m < moved.length; m++) {
    const slot = moved[m] as number;
    const at = toAt + (after.word[slot] as number);
    to[at] = (to[at] as number) | ((values[m] as number) << (after.shift[slot] as number));
  }
}

/** A hash of `width` words from `from` on. */
export function hashOf(words: Int32Array, from: number, width: number): number {
  let hash = 0;
  for (let k = from; k < from + width; k++) {
    hash = Math.imul(hash ^ (words[k] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
