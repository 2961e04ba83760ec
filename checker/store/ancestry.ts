import { grown, ownWords } from './words.ts';

/** A place is remembered for every so many states. */
const sampleEvery = 4096;

/**
 * From which state each state was found, in two bits a state (Elias).
 *
 * States are numbered in the order of discovery, so their parents never decrease: a one for each state that was found,
 * a zero where the next state begins to be expanded. The parent of state `n` is the number of zeros before the `n`th one.
 */
export class Ancestry {
  #bits: Int32Array = new Int32Array(1 << 10);
  #end = 0;
  #ones = 0;
  /** Where the ones `1, 1 + 4096, 1 + 2 · 4096, …` stand. */
  readonly #samples: number[] = [];

  get bytes(): number {
    return this.#end >>> 3;
  }

  /** The bits as they can be written down, and how many they are. */
  get saved(): { bits: Int32Array; end: number } {
    return { bits: this.#bits.subarray(0, (this.#end + 31) >>> 5), end: this.#end };
  }

  /** Takes up the ancestry of another search. */
  restore({ bits, end }: { bits: Int32Array; end: number }): void {
    for (let at = 0, count = 0; at < end; at++) {
      if (((bits[at >>> 5] as number) >>> (at & 31)) & 1) count++;
      else {
        this.append(count);
        count = 0;
      }
    }
  }

  /** Notes that the state which is expanded led to `count` new states; the next state is expanded then. */
  append(count: number): void {
    const room = (this.#end + count) >>> 5;
    if (room >= this.#bits.length) this.#bits = grown(this.#bits, room + 1, ownWords);
    for (let i = 0; i < count; i++) this.#pushOne();
    this.#end++;
  }

  #pushOne(): void {
    const end = this.#end++;
    if (this.#ones++ % sampleEvery === 0) this.#samples.push(end);
    this.#bits[end >>> 5] = (this.#bits[end >>> 5] as number) | (1 << (end & 31));
  }

  /** The state that state `number` was found from; the initial state's is itself. */
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

  /** The states from the initial one, which is left out, to state `number`. */
  wayTo(number: number): number[] {
    const way: number[] = [];
    for (let at = number; at > 0; at = this.parentOf(at)) way.push(at);
    return way.reverse();
  }
}
