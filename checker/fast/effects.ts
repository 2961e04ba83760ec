import type { OpenClaim } from '../verdict.ts';
import type { Layout } from './layout.ts';
import type { Footprint } from './recorder.ts';
import { leafYes } from './tries.ts';

/**
 * What the actions do: each leaf of an action's trie is a list of writes, stored once, and compiled for the
 * layout of the day into operations on words, `word = (word & keep) | bits`.
 */
export class Effects {
  /** `ops[begin[leaf] … end[leaf]]` are triples: which word, the bits to keep of it, the bits to set. */
  begin: Int32Array = new Int32Array(64);
  end: Int32Array = new Int32Array(64);
  ops: Int32Array = new Int32Array(256);
  #opsEnd = 0;
  readonly #known = new Map<string, number>();
  readonly #writes: Footprint['writes'][] = Array.from({ length: leafYes + 1 }, () => []);
  /** The claims about steps that a step with this effect breaks; undefined for none. */
  readonly breaks: (readonly OpenClaim[] | undefined)[] = [];

  /** The leaf for these writes and breaches. A new one has to be compiled, or all after the layout changed. */
  leafFor(writes: Footprint['writes'], breaks: readonly OpenClaim[]): { leaf: number; isNew: boolean } {
    const key = JSON.stringify([writes, breaks]);
    const known = this.#known.get(key);
    if (known !== undefined) return { leaf: known, isNew: false };
    const leaf = this.#writes.push(writes) - 1;
    if (breaks.length > 0) this.breaks[leaf] = breaks;
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

  /** Compiles every leaf for a new layout. */
  compileAll(layout: Layout): void {
    this.#opsEnd = 0;
    for (let leaf = 0; leaf < this.#writes.length; leaf++) this.compile(leaf, layout);
  }

  /** Compiles one leaf, its writes to the same word into one operation. */
  compile(leaf: number, layout: Layout): void {
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
    while (leaf >= this.begin.length) {
      this.begin = grown(this.begin);
      this.end = grown(this.end);
    }
    while (this.#opsEnd + 3 * words.size > this.ops.length) this.ops = grown(this.ops);
    this.begin[leaf] = this.#opsEnd;
    for (const [word, { keep, bits }] of words) {
      this.ops[this.#opsEnd++] = word;
      this.ops[this.#opsEnd++] = keep;
      this.ops[this.#opsEnd++] = bits;
    }
    this.end[leaf] = this.#opsEnd;
  }
}

function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
