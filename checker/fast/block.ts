import type { Allocate } from '../store/words.ts';

/** States of a chunk. This many are enough for a thread to meet most of its states again in its own cache. */
export const chunkStatesDefault = 1024;

/** How the expansion of a chunk ended. */
export const chunkStatus = {
  complete: 0,
  /** A state needed a step that has not been learnt. */
  unlearnt: 1,
  /** The successors of a state did not fit into the chunk. */
  chunkFull: 2,
  /** The pair table was full. */
  pairsFull: 3,
} as const;

/**
 * The integers that describe a chunk; `first` is the number of its first new state. From `shards` on follow, for each
 * shard, the count of its records, and then, for each shard, the count of its new states.
 */
export const chunkField = {
  status: 0,
  transitions: 1,
  quiescent: 2,
  breaches: 3,
  first: 4,
  shards: 5,
} as const;

/** A successor: the two words of the state, the leaf of the step to it, and the step's ordinal in the chunk, from 1 on. */
export const recordField = { first: 0, second: 1, leaf: 2, ordinal: 3 } as const;
export const recordSize = 4;

/** A new state: its two words, its leaf, the order of its step in the block, its entry in the index, and its record. */
export const newStateField = { first: 0, second: 1, leaf: 2, order: 3, entry: 4, record: 5 } as const;
export const newStateSize = 6;

/** The counts of a shard: new states, those of them that were stored, those to judge; 1 if one was beyond the depth limit. */
export const shardCount = { found: 0, stored: 1, toJudge: 2, isTooDeep: 3 } as const;
export const shardCountsSize = 4;

/** Integers of a step that breaks a claim. */
export const breachSize = 4;

/** How large a block is. */
export interface BlockSize {
  readonly chunks: number;
  /** States of a chunk. */
  readonly chunkStates: number;
  /** Transitions that fit into a chunk, and so records of each of its shards. */
  readonly capacity: number;
  readonly shards: number;
}

/**
 * States that are expanded together, and their successors on the way into the store. Every thread finishes a phase
 * before the next one begins:
 *
 * 1. *expand*: free threads take chunks. Successors become records, in the order of states and actions.
 * 2. *look up*: each thread looks up the records of its shard of the index, and enters the new ones.
 * 3. *number*: free threads take chunks. New states are numbered and stored in the order of their records, which is the
 *    order of discovery.
 * 4. *write back*: each thread writes the numbers into its shard of the index, and finds the new states to judge.
 */
export interface Block extends BlockSize {
  /** For each chunk its integers: see {@link chunkField}. */
  readonly chunkFields: Int32Array;
  /** See {@link recordField}. Records of the same chunk and shard are side by side, for the thread that reads them. */
  readonly records: Int32Array;
  /** For each state the ordinal of its last transition in the chunk. */
  readonly transitionEnds: Int32Array;
  /** Positions in the chunk of the quiescent states. */
  readonly quiescent: Int32Array;
  /** Steps that break a claim: position of the state in its chunk, action, leaf and ordinal of each. */
  readonly breaches: Int32Array;
  /** For each state of the block, how many states were stored once it was expanded. */
  readonly numberEnds: Int32Array;
  /**
   * For each shard its new states, in the order of discovery: see {@link newStateField}. The parts of two shards are far
   * apart, so that two threads never write side by side.
   */
  readonly newStates: Int32Array;
  /** The number of each new state, -1 where it is not stored. */
  readonly newNumbers: Int32Array;
  /** For each shard the positions of the new states that the claims have to be judged in. */
  readonly toJudge: Int32Array;
  /** For each shard its counts: see {@link shardCount}. */
  readonly shardCounts: Int32Array;
}

export function chunkFieldsSize(shards: number): number {
  return chunkField.shards + 2 * shards;
}

/** Where the new states of a shard begin, and with them its part of `newNumbers` and `toJudge`. */
export function firstNewStateOf({ chunks, capacity }: Block, shard: number): number {
  return shard * chunks * capacity;
}

/** A number that grows from step to step of a block, in the order of one thread. */
export function orderInBlock({ capacity }: Block, chunk: number, ordinal: number): number {
  return chunk * (capacity + 1) + ordinal;
}

/** The order of the last step from a state of the block. */
export function lastOrderOf(block: Block, state: number): number {
  const chunk = Math.floor(state / block.chunkStates);
  return orderInBlock(block, chunk, block.transitionEnds[state] as number);
}

export function makeBlock(size: BlockSize, allocate: Allocate): Block {
  const { chunks, chunkStates, capacity, shards } = size;
  const records = shards * chunks * capacity;
  const states = (): Int32Array => allocate(chunks * chunkStates);
  return {
    ...size,
    chunkFields: allocate(chunks * chunkFieldsSize(shards)),
    records: allocate(recordSize * records),
    transitionEnds: states(),
    quiescent: states(),
    breaches: allocate(breachSize * chunks * capacity),
    numberEnds: states(),
    newStates: allocate(newStateSize * records),
    newNumbers: allocate(records),
    toJudge: allocate(records),
    shardCounts: allocate(shardCountsSize * shards),
  };
}
