import type { Allocate } from '../store/words.ts';

/** States of a chunk, which one thread expands at a time: enough that most states are met again by the same thread. */
export const chunkStatesDefault = 1024;

/** How the expansion of a chunk ended. */
export const ended = {
  well: 0,
  /** It met something that has not been learnt. */
  unlearnt: 1,
  /** Its successors have no room. */
  overflown: 2,
  /** A pair had no room. */
  crowded: 3,
} as const;

/**
 * What stands in a chunk's head; `first` is the number that its first new state gets. Behind it how many records belong to
 * each share, and then how many of those are new.
 */
export const head = { status: 0, transitions: 1, resting: 2, breaches: 3, first: 4, shares: 5 } as const;

/** What a record says: the two words of a state, the leaf of the step to it, and its ordinal in the chunk, from 1 on. */
export const record = { first: 0, second: 1, leaf: 2, ordinal: 3 } as const;
export const recordSize = 4;

/** What is known of a new state: the same, but that its order is one in the block; its entry in the index; its record. */
export const fresh = { first: 0, second: 1, leaf: 2, order: 3, entry: 4, record: 5 } as const;
export const freshSize = 6;

/** How large a block is. */
export interface Size {
  readonly chunks: number;
  /** States of a chunk. */
  readonly chunkStates: number;
  /** Transitions for which a chunk has room, and so records of each share. */
  readonly room: number;
  readonly shares: number;
}

/**
 * States that are expanded together, and their successors on the way into the store. A block goes through it in steps,
 * and each is done by every thread before the next begins:
 *
 * 1. *expand*: chunks are taken by whoever is free; successors become records, in the order of states and actions.
 * 2. *look up*: each thread looks for the records of its share in its part of the index, and enters the new ones.
 * 3. *number*: the new states are numbered and stored in the order of the records, so in that of discovery, again chunk
 *    by chunk.
 * 4. *write back*: each thread notes the numbers in its part of the index, and judges the new states of its share.
 */
export interface Block extends Size {
  /** Of each chunk its {@link head}. */
  readonly heads: Int32Array;
  /** Each a {@link record}. Those of a chunk and a share stand together: a thread reads what is its own. */
  readonly records: Int32Array;
  /** Of each state where its transitions end in the chunk. */
  readonly transitionEnds: Int32Array;
  /** Positions in the chunk of the states that are quiescent. */
  readonly resting: Int32Array;
  /** Steps that break a claim about steps: position, action, leaf and ordinal of each. */
  readonly breaches: Int32Array;
  /** How many states were stored when each state of the block had been expanded. */
  readonly numberEnds: Int32Array;
  /**
   * Of each share its new states, each a {@link fresh}, in the order of discovery; their numbers, -1 where one is not to be
   * stored; and which of them somebody has to look at. Two threads never write side by side.
   */
  readonly news: Int32Array;
  readonly numbers: Int32Array;
  readonly noted: Int32Array;
  /**
   * Of each share: how many are new, how many of them were stored, how many somebody has to look at; and whether one
   * was left out because it is too deep.
   */
  readonly counts: Int32Array;
}

/** Integers for each breach, and for the counts of a share. */
export const breachSize = 4;
export const countSize = 4;

export function headSize(shares: number): number {
  return head.shares + 2 * shares;
}

/** Where what belongs to a share begins: its new states, their numbers, and which are noted. */
export function placeOf({ chunks, room }: Block, share: number): number {
  return share * chunks * room;
}

/** Tells which of two steps of a block was taken first. */
export function orderOf({ room }: Block, chunk: number, ordinal: number): number {
  return chunk * (room + 1) + ordinal;
}

/** The order of the last step that a state of the block may have. */
export function endOf(block: Block, state: number): number {
  return orderOf(block, Math.floor(state / block.chunkStates), block.transitionEnds[state] as number);
}

export function blockOf(size: Size, allocate: Allocate): Block {
  const { chunks, chunkStates, room, shares } = size;
  const records = shares * chunks * room;
  const states = (): Int32Array => allocate(chunks * chunkStates);
  return {
    ...size,
    heads: allocate(chunks * headSize(shares)),
    records: allocate(recordSize * records),
    transitionEnds: states(),
    resting: states(),
    breaches: allocate(breachSize * chunks * room),
    numberEnds: states(),
    news: allocate(freshSize * records),
    numbers: allocate(records),
    noted: allocate(records),
    counts: allocate(countSize * shares),
  };
}
