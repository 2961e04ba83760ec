import type { OpenClaim } from '../ledger.ts';
import type { Layout } from '../store/layout.ts';
import type { Tree } from '../store/tree.ts';
import { type Allocate, grown } from '../store/words.ts';
import type { Footprint } from './recorder.ts';
import { leafYes } from './tries.ts';

/** What {@link Effects} keep, as other threads need it. */
export interface EffectArrays {
  /** Of leaf `n`, four integers from `4n` on: where its operations begin and end in `ops`, and its pairs, up to where. */
  readonly places: Int32Array;
  /** Triples: which word, the bits to keep of it, the bits to set; and behind them the pairs to number again. */
  readonly ops: Int32Array;
  /** Whether a step with this effect breaks a claim about steps that is open. */
  readonly breaking: Int32Array;
}

/**
 * What the actions do: each leaf of an action's trie is a list of writes, stored once, and compiled for the
 * layout of the day into operations on words, `word = (word & keep) | bits`.
 */
export class Effects implements EffectArrays {
  places: Int32Array;
  ops: Int32Array;
  breaking: Int32Array;
  readonly #allocate: Allocate;
  #opsEnd = 0;
  readonly #known = new Map<string, number>();
  readonly #writes: Footprint['writes'][] = Array.from({ length: leafYes + 1 }, () => []);
  /** The claims about steps that a step with this effect breaks; undefined for none. */
  readonly breaks: (readonly OpenClaim[] | undefined)[] = [];

  constructor(allocate: Allocate) {
    this.#allocate = allocate;
    this.places = allocate(4 * 64);
    this.ops = allocate(256);
    this.breaking = allocate(64);
  }

  /** The leaf for these writes and breaches. A new one has to be compiled, or all after the layout changed. */
  leafFor(writes: Footprint['writes'], breaks: readonly OpenClaim[]): { leaf: number; isNew: boolean } {
    const key = JSON.stringify([writes, breaks]);
    const known = this.#known.get(key);
    if (known !== undefined) return { leaf: known, isNew: false };
    const leaf = this.#writes.push(writes) - 1;
    while (leaf >= this.breaking.length) this.breaking = grown(this.breaking, leaf + 1, this.#allocate);
    if (breaks.length > 0) {
      this.breaks[leaf] = breaks;
      this.breaking[leaf] = 1;
    }
    this.#known.set(key, leaf);
    return { leaf, isNew: true };
  }

  /** What `leaf` writes: pairs of slot and value number. */
  writes(leaf: number): Footprint['writes'] {
    return this.#writes[leaf] ?? [];
  }

  /** The slots that `leaf` writes. */
  slots(leaf: number): number[] {
    return this.writes(leaf).map(([slot]) => slot);
  }

  /** Carries `leaf` out on the state whose words stand at the beginning of `words`. */
  carryOut(leaf: number, words: Int32Array): void {
    const { places, ops } = this;
    for (let i = places[4 * leaf] as number; i < (places[4 * leaf + 1] as number); i += 3) {
      const word = ops[i] as number;
      words[word] = ((words[word] as number) & (ops[i + 1] as number)) | (ops[i + 2] as number);
    }
  }

  /** Notes which effects still break a claim that is open. */
  settle(isOpen: (claim: OpenClaim) => boolean): void {
    for (const [leaf, claims] of this.breaks.entries()) this.breaking[leaf] = claims?.some(isOpen) ? 1 : 0;
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
    this.#note(leaf, ops, tree.above(words.keys()));
  }

  #note(leaf: number, ops: readonly number[], pairs: readonly number[]): void {
    const begin = this.#opsEnd;
    const middle = begin + ops.length;
    this.#opsEnd = middle + pairs.length;
    if (this.#opsEnd > this.ops.length) this.ops = grown(this.ops, this.#opsEnd, this.#allocate);
    if (4 * leaf >= this.places.length) this.places = grown(this.places, 4 * leaf + 4, this.#allocate);
    this.ops.set(ops, begin);
    this.ops.set(pairs, middle);
    this.places.set([begin, middle, this.#opsEnd], 4 * leaf);
  }
}
