import { type Block, countSize, head, headSize } from './block.ts';
import type { Pairs } from './pairs.ts';
import type { Tables, Task } from './tables.ts';
import type { Tree } from './tree.ts';
import { leafYes, walk } from './tries.ts';
import { homeOf, tagOf } from './visited.ts';

/** Records whose places are touched before they are looked up. */
const touchedAtOnce = 256;

/** Looks up the records of a block that belong to one share, and stores those that are new. */
export class Indexer {
  readonly #tables: Tables;
  readonly #tree: Tree;
  readonly #pairs: Pairs;
  readonly #nodes: Int32Array;
  /** Whether new states are looked at one by one, whatever is known of the claims. */
  readonly #notesAll: boolean;
  /** A new state was found that is too deep to be stored. */
  #isTooDeep = false;
  #news = 0;
  /** Means nothing; keeps what was read from being optimised away. */
  sum = 0;

  constructor(tables: Tables, tree: Tree, pairs: Pairs, notesAll: boolean) {
    this.#tables = tables;
    this.#tree = tree;
    this.#pairs = pairs;
    this.#notesAll = notesAll;
    this.#nodes = new Int32Array(tree.size);
  }

  /** Looks up the records of `share`, in the order of discovery. */
  lookUp(share: number, chunks: number, task: Task): void {
    const { block } = this.#tables;
    this.#news = 0;
    this.#isTooDeep = false;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const count = block.heads[chunk * headSize(block.shares) + head.shares + share] as number;
      for (let from = 0; from < count; from += touchedAtOnce) {
        const to = Math.min(count, from + touchedAtOnce);
        this.#touch(block, share, chunk, from, to);
        this.#lookUpSome(block, share, chunk, from, to, task);
      }
    }
    block.counts[countSize * share] = this.#news;
    block.counts[countSize * share + 3] = this.#isTooDeep ? 1 : 0;
  }

  /** Reads what will be read again at once: a miss of the cache need not wait for the one before it. */
  #touch(block: Block, share: number, chunk: number, from: number, to: number): void {
    const { visited, states } = this.#tables;
    const table = visited.tables[share] as Int32Array;
    const room = table.length;
    const { numberMask } = visited;
    const { hashes } = block;
    const records = (chunk * block.shares + share) * block.room;
    let sum = 0;
    for (let k = from; k < to; k++) sum ^= table[homeOf(hashes[records + k] as number, room)] as number;
    for (let k = from; k < to; k++) {
      const number = ((table[homeOf(hashes[records + k] as number, room)] as number) & numberMask) - 1;
      if (number >= 0) sum ^= states[2 * number] as number;
    }
    this.sum ^= sum;
  }

  #lookUpSome(block: Block, share: number, chunk: number, from: number, to: number, task: Task): void {
    const { visited, states } = this.#tables;
    const { numberMask } = visited;
    const table = visited.tables[share] as Int32Array;
    const room = table.length;
    const { firsts, seconds, hashes, news, entries } = block;
    const records = (chunk * block.shares + share) * block.room;
    const own = share * block.chunks * block.room;
    const { stored, isDeepest } = task;
    for (let k = from; k < to; k++) {
      const record = records + k;
      const hash = hashes[record] as number;
      const first = firsts[record] as number;
      const second = seconds[record] as number;
      const tag = tagOf(hash, numberMask);
      let isKnown = false;
      let at = homeOf(hash, room);
      for (let entry = table[at] as number; entry !== 0; entry = table[at] as number) {
        if (((entry ^ tag) & ~numberMask) === 0) {
          const number = (entry & numberMask) - 1;
          if (number < stored) {
            isKnown = states[2 * number] === first && states[2 * number + 1] === second;
          } else {
            const other = news[own + number - stored] as number;
            isKnown = firsts[other] === first && seconds[other] === second;
          }
          if (isKnown) break;
        }
        at = at + 1 === room ? 0 : at + 1;
      }
      if (isKnown) continue;
      if (isDeepest) {
        this.#isTooDeep = true;
        continue;
      }
      news[own + this.#news] = record;
      entries[own + this.#news] = at;
      table[at] = (tag & ~numberMask) | (stored + this.#news + 1);
      this.#news++;
    }
  }

  /** Enters the new states of `share`, which have their numbers now, and notes whatever decides something. */
  writeBack(share: number): void {
    const { block, visited } = this.#tables;
    const { numberMask } = visited;
    const table = visited.tables[share] as Int32Array;
    const own = share * block.chunks * block.room;
    const news = block.counts[countSize * share] as number;
    let stored = 0;
    let noted = 0;
    for (let k = 0; k < news; k++) {
      const record = block.news[own + k] as number;
      const at = block.entries[own + k] as number;
      const number = block.numbers[own + k] as number;
      if (number < 0) {
        // What was entered last is dropped, so no search goes past the gap.
        table[at] = 0;
        continue;
      }
      stored++;
      table[at] = (tagOf(block.hashes[record] as number, numberMask) & ~numberMask) | (number + 1);
      if (this.#isNoteworthy(block.leaves[record] as number, number)) block.noted[own + noted++] = k;
    }
    block.counts[countSize * share + 1] = stored;
    block.counts[countSize * share + 2] = noted;
  }

  /** Whether a claim may be decided by state `number`, to which a step with effect `leaf` has led. */
  #isNoteworthy(leaf: number, number: number): boolean {
    const { claims, states, places } = this.#tables;
    if (2 * leaf >= claims.places.length) return true;
    const begin = (claims.places[2 * leaf] as number) - 1;
    const end = (claims.places[2 * leaf + 1] as number) - 1;
    if (begin < 0) return true;
    if (begin === end) return false;
    if (this.#notesAll) return true;
    const nodes = this.#nodes;
    this.#tree.unfold(states[2 * number] as number, states[2 * number + 1] as number, nodes, this.#pairs);
    for (let i = begin; i < end; i++) {
      const rule = claims.rules[i] as number;
      const leafOfRule = walk(claims.tries, rule, nodes, places);
      if (leafOfRule === 0 || (leafOfRule === leafYes ? 1 : 0) === claims.deciding[rule]) return true;
    }
    return false;
  }
}
