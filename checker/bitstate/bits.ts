/** Bits that each state sets; SPIN's default, too. */
export const bitsPerState = 3;

/**
 * The states that were visited, each only as a few bits of one table (Holzmann's supertrace; a Bloom filter): whoever
 * finds all bits of a state set takes it for known, rightly or not. That leaves states out; it invents none.
 *
 * @source https://doi.org/10.1023/A:1008696026254 (Holzmann: An analysis of bitstate hashing)
 */
export class Bits {
  readonly #words: Int32Array;
  readonly #scale: number;
  #set = 0;
  #omitted = 0;

  /** @param bytes of the table, from 8 on */
  constructor(bytes: number) {
    this.#words = new Int32Array(Math.floor(bytes / 4));
    this.#scale = this.#words.length / 0x1_0000_0000;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  /** Which share of the bits is set. */
  get fill(): number {
    return this.#set / (32 * this.#words.length);
  }

  /**
   * How many states were expectedly taken for known when they were met first. For each that was visited, the chance of
   * being omitted was `fill` to the power of `bitsPerState` at that moment. What only omitted ones lead to is not counted.
   */
  get omitted(): number {
    return this.#omitted;
  }

  /** Whether the state with this fingerprint is taken for known. */
  has(first: number, second: number): boolean {
    for (let i = 0, at = first; i < bitsPerState; i++, at = next(at, second))
      if (((this.#words[this.#word(at)] as number) & bitOf(second, i)) === 0) return false;
    return true;
  }

  /** Notes a state that is not taken for known. */
  add(first: number, second: number): void {
    const words = this.#words;
    const chance = this.fill ** bitsPerState;
    this.#omitted += chance / (1 - chance);
    for (let i = 0, at = first; i < bitsPerState; i++, at = next(at, second)) {
      const word = this.#word(at);
      const bit = bitOf(second, i);
      if (((words[word] as number) & bit) === 0) this.#set++;
      words[word] = (words[word] as number) | bit;
    }
  }

  #word(at: number): number {
    return Math.floor((at >>> 0) * this.#scale);
  }
}

function next(at: number, second: number): number {
  return (at + (second | 1)) | 0;
}

function bitOf(second: number, i: number): number {
  return 1 << (second >>> (5 * i + 1));
}
