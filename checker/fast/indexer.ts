import { leafYes, walk } from '../learning/tries.ts';
import type { Pairs } from '../store/pairs.ts';
import { together, touch, touchStates } from '../store/prefetch.ts';
import type { Tree } from '../store/tree.ts';
import { homeOf, numberMaskOf, shape, tagOf } from '../store/visited.ts';
import { hashOf } from '../store/words.ts';
import {
  countSize,
  fresh,
  freshSize,
  head,
  headSize,
  orderOf,
  placeOf,
  record,
  recordSize,
} from './block.ts';
import type { Tables, Task } from './tables.ts';

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
  /** Of the records that are looked up together: the hash of each, the entry to go on with, and the state it names. */
  readonly #hashes = new Int32Array(together);
  readonly #entries = new Int32Array(together);
  readonly #numbers = new Int32Array(together);

  constructor(tables: Tables, tree: Tree, pairs: Pairs, notesAll: boolean) {
    this.#tables = tables;
    this.#tree = tree;
    this.#pairs = pairs;
    this.#notesAll = notesAll;
    this.#nodes = new Int32Array(tree.size);
  }

  /** Looks up the records of `share`, in the order of discovery. */
  lookUp(share: number, chunks: number, task: Task): void {
    const { heads, shares, counts } = this.#tables.block;
    this.#news = 0;
    this.#isTooDeep = false;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const before = this.#news;
      const at = chunk * headSize(shares) + head.shares + share;
      const count = heads[at] as number;
      for (let from = 0; from < count; from += together) {
        const some = Math.min(together, count - from);
        this.#approach(share, chunk, from, some, task.stored);
        this.#lookUpSome(share, chunk, from, some, task);
      }
      heads[at + shares] = this.#news - before;
    }
    counts[countSize * share] = this.#news;
    counts[countSize * share + 3] = this.#isTooDeep ? 1 : 0;
  }

  /** Finds the entries of the index that may be those of some records, or are free for them. */
  #approach(share: number, chunk: number, from: number, some: number, stored: number): void {
    const { visited, states, block } = this.#tables;
    const { records, shares } = block;
    const room = visited.shape[shape.room] as number;
    const numberMask = numberMaskOf(room, shares);
    const table = visited.tables[share] as Int32Array;
    const hashes = this.#hashes;
    const entries = this.#entries;
    const numbers = this.#numbers;
    const first = recordSize * ((chunk * shares + share) * block.room + from);
    for (let k = 0, at = first; k < some; k++, at += recordSize) {
      const hash = hashOf(records[at] as number, records[at + 1] as number);
      hashes[k] = hash;
      entries[k] = homeOf(hash, shares, room);
    }
    touch(table, entries, some);
    for (let k = 0; k < some; k++) {
      const tag = tagOf(hashes[k] as number, numberMask);
      let at = entries[k] as number;
      let entry = table[at] as number;
      while (entry !== 0 && ((entry ^ tag) & ~numberMask) !== 0) {
        at = at + 1 === room ? 0 : at + 1;
        entry = table[at] as number;
      }
      entries[k] = at;
      const number = (entry & numberMask) - 1;
      numbers[k] = number >= stored || number < 0 ? 0 : number;
    }
    touchStates(states, numbers, some);
  }

  #lookUpSome(share: number, chunk: number, from: number, some: number, task: Task): void {
    const { visited, states, block } = this.#tables;
    const { records, news } = block;
    const table = visited.tables[share] as Int32Array;
    const room = visited.shape[shape.room] as number;
    const numberMask = numberMaskOf(room, block.shares);
    const begin = (chunk * block.shares + share) * block.room + from;
    const own = placeOf(block, share);
    const { stored, isDeepest } = task;
    for (let k = 0; k < some; k++) {
      const place = recordSize * (begin + k);
      const first = records[place + record.first] as number;
      const second = records[place + record.second] as number;
      const tag = tagOf(this.#hashes[k] as number, numberMask);
      let isKnown = false;
      // Entries before this one have been found to be others'; one that was free may have been taken since.
      let at = this.#entries[k] as number;
      for (let entry = table[at] as number; entry !== 0; entry = table[at] as number) {
        if (((entry ^ tag) & ~numberMask) === 0) {
          const number = (entry & numberMask) - 1;
          if (number < stored) {
            isKnown = states[2 * number] === first && states[2 * number + 1] === second;
          } else {
            const other = freshSize * (own + number - stored);
            isKnown = news[other + fresh.first] === first && news[other + fresh.second] === second;
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
      const next = freshSize * (own + this.#news);
      news[next + fresh.first] = first;
      news[next + fresh.second] = second;
      news[next + fresh.leaf] = records[place + record.leaf] as number;
      news[next + fresh.order] = orderOf(block, chunk, records[place + record.ordinal] as number);
      news[next + fresh.entry] = at;
      news[next + fresh.record] = begin + k;
      table[at] = (tag & ~numberMask) | (stored + this.#news + 1);
      this.#news++;
    }
  }

  /** Enters the new states of `share`, which have their numbers now, and notes whatever decides something. */
  writeBack(share: number): void {
    const { block, visited } = this.#tables;
    const numberMask = numberMaskOf(visited.shape[shape.room] as number, block.shares);
    const table = visited.tables[share] as Int32Array;
    const own = placeOf(block, share);
    const news = block.counts[countSize * share] as number;
    let stored = 0;
    let noted = 0;
    for (let k = 0; k < news; k++) {
      const place = freshSize * (own + k);
      const at = block.news[place + fresh.entry] as number;
      const number = block.numbers[own + k] as number;
      if (number < 0) {
        // What was entered last is dropped, so no search goes past the gap.
        table[at] = 0;
        continue;
      }
      stored++;
      // From the words, not from the entry: to read that would be to wait for it.
      const hash = hashOf(
        block.news[place + fresh.first] as number,
        block.news[place + fresh.second] as number,
      );
      table[at] = (tagOf(hash, numberMask) & ~numberMask) | (number + 1);
      const leaf = block.news[place + fresh.leaf] as number;
      if (this.#isNoteworthy(leaf, number)) block.noted[own + noted++] = k;
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
