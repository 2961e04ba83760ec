import { leafYes, walk } from '../learning/tries.ts';
import type { Pairs } from '../store/pairs.ts';
import { batchSize, prefetch, prefetchStates } from '../store/prefetch.ts';
import type { Tree } from '../store/tree.ts';
import { homeOf, numberMaskOf, sizeField, tagOf } from '../store/visited.ts';
import { hashOf } from '../store/words.ts';
import {
  chunkField,
  chunkFieldsSize,
  firstNewStateOf,
  newStateField,
  newStateSize,
  orderInBlock,
  recordField,
  recordSize,
  shardCount,
  shardCountsSize,
} from './block.ts';
import type { BlockTask, SharedTables } from './shared-tables.ts';
import type { ThreadParts } from './thread-parts.ts';

/** Looks up the records of a block in one shard of the index, and enters the new states. */
export class Indexer {
  readonly #tables: SharedTables;
  readonly #tree: Tree;
  readonly #pairs: Pairs;
  readonly #nodes: Int32Array;
  /** Whether every new state is left to the thread with the model, unless its step changes no claim. */
  readonly #judgesAll: boolean;
  /** A new state was beyond the depth limit. */
  #isTooDeep = false;
  /** New states found so far. */
  #newCount = 0;
  /** For each record of a batch: its hash, the entry where its look-up goes on, and the state that the entry names. */
  readonly #hashes = new Int32Array(batchSize);
  readonly #entries = new Int32Array(batchSize);
  readonly #numbers = new Int32Array(batchSize);

  constructor(tables: SharedTables, { tree, pairs, canonicalize }: ThreadParts) {
    this.#tables = tables;
    this.#tree = tree;
    this.#pairs = pairs;
    this.#judgesAll = canonicalize !== null;
    this.#nodes = new Int32Array(tree.size);
  }

  /** Looks up the records of `shard`, in the order of discovery. */
  lookUp(shard: number, chunks: number, task: BlockTask): void {
    const { chunkFields, shards, shardCounts } = this.#tables.block;
    this.#newCount = 0;
    this.#isTooDeep = false;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const before = this.#newCount;
      const at = chunk * chunkFieldsSize(shards) + chunkField.shards + shard;
      const records = chunkFields[at] as number;
      for (let from = 0; from < records; from += batchSize) {
        const count = Math.min(batchSize, records - from);
        this.#findEntries(shard, chunk, from, count, task.stored);
        this.#lookUpBatch(shard, chunk, from, count, task);
      }
      chunkFields[at + shards] = this.#newCount - before;
    }
    shardCounts[shardCountsSize * shard + shardCount.found] = this.#newCount;
    shardCounts[shardCountsSize * shard + shardCount.isTooDeep] = this.#isTooDeep ? 1 : 0;
  }

  /** Finds for each record of a batch the first entry that is free or has the same tag. */
  #findEntries(shard: number, chunk: number, from: number, count: number, stored: number): void {
    const { visited, states, block } = this.#tables;
    const { records, shards } = block;
    const capacity = visited.sizes[sizeField.capacity] as number;
    const numberMask = numberMaskOf(capacity, shards);
    const table = visited.tables[shard] as Int32Array;
    const hashes = this.#hashes;
    const entries = this.#entries;
    const numbers = this.#numbers;
    const first = recordSize * ((chunk * shards + shard) * block.capacity + from);
    for (let k = 0, at = first; k < count; k++, at += recordSize) {
      const hash = hashOf(records[at] as number, records[at + 1] as number);
      hashes[k] = hash;
      entries[k] = homeOf(hash, shards, capacity);
    }
    prefetch(table, entries, count);
    for (let k = 0; k < count; k++) {
      const tag = tagOf(hashes[k] as number, numberMask);
      let at = entries[k] as number;
      let entry = table[at] as number;
      while (entry !== 0 && ((entry ^ tag) & ~numberMask) !== 0) {
        at = at + 1 === capacity ? 0 : at + 1;
        entry = table[at] as number;
      }
      entries[k] = at;
      const number = (entry & numberMask) - 1;
      numbers[k] = number >= stored || number < 0 ? 0 : number;
    }
    prefetchStates(states, numbers, count);
  }

  #lookUpBatch(shard: number, chunk: number, from: number, count: number, task: BlockTask): void {
    const { visited, states, block } = this.#tables;
    const { records, newStates } = block;
    const table = visited.tables[shard] as Int32Array;
    const capacity = visited.sizes[sizeField.capacity] as number;
    const numberMask = numberMaskOf(capacity, block.shards);
    const begin = (chunk * block.shards + shard) * block.capacity + from;
    const own = firstNewStateOf(block, shard);
    const { stored, isDeepest } = task;
    for (let k = 0; k < count; k++) {
      const record = recordSize * (begin + k);
      const first = records[record + recordField.first] as number;
      const second = records[record + recordField.second] as number;
      const tag = tagOf(this.#hashes[k] as number, numberMask);
      let isKnown = false;
      // The entries before this one hold other states. If this one was free, an earlier record may have taken it since.
      let at = this.#entries[k] as number;
      for (let entry = table[at] as number; entry !== 0; entry = table[at] as number) {
        if (((entry ^ tag) & ~numberMask) === 0) {
          const number = (entry & numberMask) - 1;
          if (number < stored) {
            isKnown = states[2 * number] === first && states[2 * number + 1] === second;
          } else {
            const other = newStateSize * (own + number - stored);
            isKnown =
              newStates[other + newStateField.first] === first &&
              newStates[other + newStateField.second] === second;
          }
          if (isKnown) break;
        }
        at = at + 1 === capacity ? 0 : at + 1;
      }
      if (isKnown) continue;
      if (isDeepest) {
        this.#isTooDeep = true;
        continue;
      }
      // Until the state has its number, the entry names its position among the shard's new states.
      table[at] = (tag & ~numberMask) | (stored + this.#newCount + 1);
      this.#addNewState(shard, chunk, begin + k, at);
    }
  }

  #addNewState(shard: number, chunk: number, record: number, entry: number): void {
    const { block } = this.#tables;
    const { records, newStates } = block;
    const from = recordSize * record;
    const to = newStateSize * (firstNewStateOf(block, shard) + this.#newCount++);
    newStates[to + newStateField.first] = records[from + recordField.first] as number;
    newStates[to + newStateField.second] = records[from + recordField.second] as number;
    newStates[to + newStateField.leaf] = records[from + recordField.leaf] as number;
    newStates[to + newStateField.order] = orderInBlock(
      block,
      chunk,
      records[from + recordField.ordinal] as number,
    );
    newStates[to + newStateField.entry] = entry;
    newStates[to + newStateField.record] = record;
  }

  /** Writes the numbers of the new states into `shard`, and lists the states to judge. */
  writeBack(shard: number): void {
    const { block, visited } = this.#tables;
    const numberMask = numberMaskOf(visited.sizes[sizeField.capacity] as number, block.shards);
    const table = visited.tables[shard] as Int32Array;
    const own = firstNewStateOf(block, shard);
    const found = block.shardCounts[shardCountsSize * shard + shardCount.found] as number;
    let stored = 0;
    let toJudge = 0;
    for (let k = 0; k < found; k++) {
      const from = newStateSize * (own + k);
      const at = block.newStates[from + newStateField.entry] as number;
      const number = block.newNumbers[own + k] as number;
      if (number < 0) {
        // The states beyond the limit were entered last, so no look-up has to pass the gap that this leaves.
        table[at] = 0;
        continue;
      }
      stored++;
      // To hash the words again is faster than to read the tag from the entry, which is not in the cache.
      const hash = hashOf(
        block.newStates[from + newStateField.first] as number,
        block.newStates[from + newStateField.second] as number,
      );
      table[at] = (tagOf(hash, numberMask) & ~numberMask) | (number + 1);
      const leaf = block.newStates[from + newStateField.leaf] as number;
      if (this.#mayDecideClaim(leaf, number)) block.toJudge[own + toJudge++] = k;
    }
    block.shardCounts[shardCountsSize * shard + shardCount.stored] = stored;
    block.shardCounts[shardCountsSize * shard + shardCount.toJudge] = toJudge;
  }

  /** Whether state `number`, the outcome of a step with effect `leaf`, decides a claim or meets one that is not learnt. */
  #mayDecideClaim(leaf: number, number: number): boolean {
    const { claims, states, positions } = this.#tables;
    if (2 * leaf >= claims.ranges.length) return true;
    const begin = (claims.ranges[2 * leaf] as number) - 1;
    const end = (claims.ranges[2 * leaf + 1] as number) - 1;
    if (begin < 0) return true;
    if (begin === end) return false;
    if (this.#judgesAll) return true;
    const nodes = this.#nodes;
    this.#tree.unfold(states[2 * number] as number, states[2 * number + 1] as number, nodes, this.#pairs);
    for (let i = begin; i < end; i++) {
      const trie = claims.lists[i] as number;
      const answer = walk(claims.tries, trie, nodes, positions);
      if (answer === 0 || (answer === leafYes ? 1 : 0) === claims.deciding[trie]) return true;
    }
    return false;
  }
}
