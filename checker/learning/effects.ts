import type { OpenClaim } from '../ledger.ts';
import type { Layout } from '../store/layout.ts';
import type { Tree } from '../store/tree.ts';
import { type Allocate, grown } from '../store/words.ts';
import type { Footprint } from './recorder.ts';
import { leafYes } from './tries.ts';

/** The arrays of an {@link EffectTable}, which threads share. */
export interface EffectArrays {
  /** For leaf `n`, from `4n` on: where its operations begin in `ops`, where its pairs begin, and where they end. */
  readonly ranges: Int32Array;
  /** Operations (a word, the bits to keep of it, the bits to set), and behind them the pairs to number again. */
  readonly ops: Int32Array;
  /** For each leaf 1 where the step breaks an open claim about steps; else 0. */
  readonly breaksClaim: Int32Array;
}

/**
 * The effects of steps. An effect is a list of writes; it is a leaf of one or several tries. For the current layout it
 * is compiled into operations on words: `word = (word & keep) | bits`.
 */
export class EffectTable implements EffectArrays {
  ranges: Int32Array;
  ops: Int32Array;
  breaksClaim: Int32Array;
  readonly #allocate: Allocate;
  #opsEnd = 0;
  readonly #leafByKey = new Map<string, number>();
  readonly #writes: Footprint['writes'][] = Array.from({ length: leafYes + 1 }, () => []);
  /** For each leaf the claims about steps that the step breaks; undefined for none. */
  readonly brokenClaims: (readonly OpenClaim[] | undefined)[] = [];

  constructor(allocate: Allocate) {
    this.#allocate = allocate;
    this.ranges = allocate(4 * 64);
    this.ops = allocate(256);
    this.breaksClaim = allocate(64);
  }

  /** The leaf for these writes and broken claims. A new leaf has to be compiled before it is applied. */
  leafFor(writes: Footprint['writes'], broken: readonly OpenClaim[]): { leaf: number; isNew: boolean } {
    const key = JSON.stringify([writes, broken]);
    const known = this.#leafByKey.get(key);
    if (known !== undefined) return { leaf: known, isNew: false };
    const leaf = this.#writes.push(writes) - 1;
    while (leaf >= this.breaksClaim.length)
      this.breaksClaim = grown(this.breaksClaim, leaf + 1, this.#allocate);
    if (broken.length > 0) {
      this.brokenClaims[leaf] = broken;
      this.breaksClaim[leaf] = 1;
    }
    this.#leafByKey.set(key, leaf);
    return { leaf, isNew: true };
  }

  /** The writes of `leaf`: pairs of slot and value number. */
  writes(leaf: number): Footprint['writes'] {
    return this.#writes[leaf] ?? [];
  }

  writtenSlots(leaf: number): number[] {
    return this.writes(leaf).map(([slot]) => slot);
  }

  /** Applies `leaf` to the state whose words are at the beginning of `words`. */
  apply(leaf: number, words: Int32Array): void {
    const { ranges, ops } = this;
    for (let i = ranges[4 * leaf] as number; i < (ranges[4 * leaf + 1] as number); i += 3) {
      const word = ops[i] as number;
      words[word] = ((words[word] as number) & (ops[i + 1] as number)) | (ops[i + 2] as number);
    }
  }

  /** To be called when claims were decided: says anew which effects break a claim that is open. */
  updateBreaksClaim(isOpen: (claim: OpenClaim) => boolean): void {
    for (const [leaf, claims] of this.brokenClaims.entries())
      this.breaksClaim[leaf] = claims?.some(isOpen) ? 1 : 0;
  }

  /** Compiles every leaf for a new layout. */
  compileAll(layout: Layout, tree: Tree): void {
    this.#opsEnd = 0;
    for (let leaf = 0; leaf < this.#writes.length; leaf++) this.compile(leaf, layout, tree);
  }

  /** Compiles one leaf, its writes to the same word into one operation. */
  compile(leaf: number, layout: Layout, tree: Tree): void {
    const words = new Map<number, { keep: number; bits: number }>();
    for (const [slot, value] of this.#writes[leaf] ?? []) {
      const word = layout.word[slot] as number;
      const shift = layout.shift[slot] as number;
      const { keep, bits } = words.get(word) ?? { keep: -1, bits: 0 };
      words.set(word, {
        keep: keep & ~((layout.mask[slot] as number) << shift),
        bits: bits | (value << shift),
      });
    }
    const ops = [...words].flatMap(([word, { keep, bits }]) => [word, keep, bits]);
    this.#storeOps(leaf, ops, tree.above(words.keys()));
  }

  #storeOps(leaf: number, ops: readonly number[], pairs: readonly number[]): void {
    const begin = this.#opsEnd;
    const middle = begin + ops.length;
    this.#opsEnd = middle + pairs.length;
    if (this.#opsEnd > this.ops.length) this.ops = grown(this.ops, this.#opsEnd, this.#allocate);
    if (4 * leaf >= this.ranges.length) this.ranges = grown(this.ranges, 4 * leaf + 4, this.#allocate);
    this.ops.set(ops, begin);
    this.ops.set(pairs, middle);
    this.ranges.set([begin, middle, this.#opsEnd], 4 * leaf);
  }
}
