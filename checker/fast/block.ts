import type { Allocate } from './words.ts';

/** States of a chunk, which one thread expands at a time. */
export const chunkStates = 128;

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
export const head = { status: 0, records: 1, transitions: 2, resting: 3, breaches: 4, shares: 5 } as const;

/**
 * States that are expanded together, and their successors on the way into the store. A block goes through it in steps,
 * and each is done by every thread before the next begins:
 *
 * 1. *expand*: chunks are taken by whoever is free; successors become records, in the order of states and actions.
 * 2. *look up*: each thread looks for the records of its share in its part of the index, and enters the new ones.
 * 3. *number*: one thread numbers the new states in the order of the records, so in the order of discovery.
 * 4. *write back*: each thread stores the new states of its share, and judges them.
 */
export interface Block {
  readonly chunks: number;
  /** Records for which a chunk has room. */
  readonly room: number;
  readonly shares: number;
  /** A chunk's {@link head}, and after it its number of records of each share. */
  readonly heads: Int32Array;
  /** Of each record the two words of its state, their hash, the leaf of the step, and its ordinal in the chunk. */
  readonly firsts: Int32Array;
  readonly seconds: Int32Array;
  readonly hashes: Int32Array;
  readonly leaves: Int32Array;
  readonly ordinals: Int32Array;
  /** Of each record 0 where its state is known; 1 and later its number plus one where it is new; -1 where it is dropped. */
  readonly found: Int32Array;
  /** The records of each chunk and share. */
  readonly order: Int32Array;
  /** Of each state where its records and its transitions end in the chunk. */
  readonly recordEnds: Int32Array;
  readonly transitionEnds: Int32Array;
  /** Positions in the chunk of the states that are quiescent. */
  readonly resting: Int32Array;
  /** Steps that break a claim about steps: position, action, leaf and ordinal of each. */
  readonly breaches: Int32Array;
  /** Of each share the new records, their entries in the index, and those that somebody has to look at. */
  readonly news: Int32Array;
  readonly entries: Int32Array;
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

export function blockOf(chunks: number, room: number, shares: number, allocate: Allocate): Block {
  const records = (): Int32Array => allocate(chunks * room);
  const states = (): Int32Array => allocate(chunks * chunkStates);
  const shared = (): Int32Array => allocate(shares * chunks * room);
  return {
    chunks,
    room,
    shares,
    heads: allocate(chunks * headSize(shares)),
    firsts: records(),
    seconds: records(),
    hashes: records(),
    leaves: records(),
    ordinals: records(),
    found: records(),
    order: shared(),
    recordEnds: states(),
    transitionEnds: states(),
    resting: states(),
    breaches: allocate(breachSize * chunks * room),
    news: shared(),
    entries: shared(),
    noted: shared(),
    counts: allocate(countSize * shares),
  };
}
