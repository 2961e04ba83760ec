import type { Allocate } from './words.ts';

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

/** What stands in a chunk's head; behind it how many successors belong to each share. */
export const head = { status: 0, transitions: 1, resting: 2, breaches: 3, shares: 4 } as const;

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
 * 3. *number*: one thread numbers and stores the new states in the order of the records, so in that of discovery.
 * 4. *write back*: each thread notes the numbers in its part of the index, and judges the new states of its share.
 */
export interface Block extends Size {
  /** A chunk's {@link head}, and after it its number of records of each share. */
  readonly heads: Int32Array;
  /**
   * Of each record the two words of its state, their hash, the leaf of the step, and its ordinal among the chunk's
   * transitions, from 1 on. The records of a chunk and a share stand together: a thread reads what is its own.
   */
  readonly firsts: Int32Array;
  readonly seconds: Int32Array;
  readonly hashes: Int32Array;
  readonly leaves: Int32Array;
  readonly ordinals: Int32Array;
  /** Of each state where its transitions end in the chunk. */
  readonly transitionEnds: Int32Array;
  /** Positions in the chunk of the states that are quiescent. */
  readonly resting: Int32Array;
  /** Steps that break a claim about steps: position, action, leaf and ordinal of each. */
  readonly breaches: Int32Array;
  /**
   * Of each share the new records; with each its entry in the index, and the number of its state, -1 where that is not
   * to be stored; and which of them somebody has to look at. Two threads never write side by side.
   */
  readonly news: Int32Array;
  readonly entries: Int32Array;
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
  return head.shares + shares;
}

export function blockOf(size: Size, allocate: Allocate): Block {
  const { chunks, chunkStates, room, shares } = size;
  const records = (): Int32Array => allocate(shares * chunks * room);
  const states = (): Int32Array => allocate(chunks * chunkStates);
  return {
    ...size,
    heads: allocate(chunks * headSize(shares)),
    firsts: records(),
    seconds: records(),
    hashes: records(),
    leaves: records(),
    ordinals: records(),
    transitionEnds: states(),
    resting: states(),
    breaches: allocate(breachSize * chunks * room),
    news: records(),
    entries: records(),
    numbers: records(),
    noted: records(),
    counts: allocate(countSize * shares),
  };
}
