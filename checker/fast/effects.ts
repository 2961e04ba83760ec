import type { Footprint } from './recorder.ts';
import { leafYes } from './tries.ts';

/** What the actions do: each leaf of an action's trie is a list of writes, stored once. */
export class Effects {
  /** `writes[begin[leaf] … begin[leaf + 1]]` are pairs of slot and value number. */
  begin: Int32Array = new Int32Array(64);
  writes: Int32Array = new Int32Array(256);
  #count: number = leafYes + 1;
  #end = 0;
  readonly #known = new Map<string, number>();

  /** The leaf for these writes. */
  leafFor(writes: Footprint['writes']): number {
    const key = writes.join(';');
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const leaf = this.#count++;
    while (this.#end + 2 * writes.length > this.writes.length) this.writes = grown(this.writes);
    while (leaf + 2 > this.begin.length) this.begin = grown(this.begin);
    for (const [slot, value] of writes) {
      this.writes[this.#end++] = slot;
      this.writes[this.#end++] = value;
    }
    this.begin[leaf + 1] = this.#end;
    this.#known.set(key, leaf);
    return leaf;
  }

  /** The slots that `leaf` writes. */
  slots(leaf: number): number[] {
    const slots: number[] = [];
    for (let i = this.begin[leaf] ?? 0; i < (this.begin[leaf + 1] ?? 0); i += 2) {
      slots.push(this.writes[i] ?? 0);
    }
    return slots;
  }
}

function grown(array: Int32Array): Int32Array {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
