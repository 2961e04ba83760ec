import { grown, ownWords } from './words.ts';

/** Every so many states, the position of the state's bit is kept. */
const sampleEvery = 4096;

/**
 * From which state each state was found, in two bits a state (the code of Elias for a list that never decreases).
 *
 * States are numbered in the order of discovery, so their parents never decrease. The bits have a one for each state that
 * was found, and a zero where the expansion of the next state begins. The parent of state `n` is the number of zeros
 * before the `n`th one.
 */
export class Ancestry {
  #bits: Int32Array = new Int32Array(1 << 10);
  #end = 0;
  #ones = 0;
  /** Positions of the ones `1, 1 + 4096, 1 + 2 · 4096, …`. */
  readonly #samples: number[] = [];

  get bytes(): number {
    return this.#end >>> 3;
  }

  /** The bits for a snapshot, and how many there are. */
  get saved(): { bits: Int32Array; end: number } {
    return { bits: this.#bits.subarray(0, (this.#end + 31) >>> 5), end: this.#end };
  }

  /** Continues with the ancestry of another search. */
  restore({ bits, end }: { bits: Int32Array; end: number }): void {
    for (let at = 0, count = 0; at < end; at++) {
      if (((bits[at >>> 5] as number) >>> (at & 31)) & 1) count++;
      else {
        this.appendChildren(count);
        count = 0;
      }
    }
  }

  /** Says that the next state in turn has led to `count` new states. */
  appendChildren(count: number): void {
    const word = (this.#end + count) >>> 5;
    if (word >= this.#bits.length) this.#bits = grown(this.#bits, word + 1, ownWords);
    for (let i = 0; i < count; i++) this.#pushOne();
    this.#end++;
  }

  #pushOne(): void {
    const end = this.#end++;
    if (this.#ones++ % sampleEvery === 0) this.#samples.push(end);
    this.#bits[end >>> 5] = (this.#bits[end >>> 5] as number) | (1 << (end & 31));
  }

  /** The state that state `number` was found from; for the initial state itself. */
  parentOf(number: number): number {
    if (number === 0) return 0;
    const sample = Math.floor((number - 1) / sampleEvery);
    let at = this.#samples[sample] as number;
    let left = number - 1 - sample * sampleEvery;
    while (left > 0) {
      at++;
      if (((this.#bits[at >>> 5] as number) >>> (at & 31)) & 1) left--;
    }
    return at - (number - 1);
  }

  /** The states on the path to state `number`, without the initial one. */
  pathTo(number: number): number[] {
    const path: number[] = [];
    for (let at = number; at > 0; at = this.parentOf(at)) path.push(at);
    return path.reverse();
  }
}
