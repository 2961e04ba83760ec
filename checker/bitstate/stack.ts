import type { Layout } from '../fast/layout.ts';
import { grown, ownWords } from '../fast/words.ts';

/** Integers of a level besides its state. */
const size = 4;
const place = { first: 0, second: 1, next: 2, end: 3 } as const;

/** The states from the initial one to that which is expanded, whole, with the steps of each that are still to be taken. */
export class Stack {
  depth = -1;
  /** The packed states, one after the other. */
  words: Int32Array = ownWords(1 << 10);
  #layout: Layout;
  #levels = ownWords(1 << 10);
  /** Pairs of action and leaf: those of level `n` follow those of the levels before. */
  #choices = ownWords(1 << 10);

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  get bytes(): number {
    return this.words.byteLength + this.#levels.byteLength + this.#choices.byteLength;
  }

  /** Where the state of the last level begins in `words`. */
  get from(): number {
    return this.depth * this.#layout.width;
  }

  /** The fingerprint of the last level's state. */
  get first(): number {
    return this.#levels[size * this.depth + place.first] as number;
  }

  get second(): number {
    return this.#levels[size * this.depth + place.second] as number;
  }

  /** Begins a level with the state at the beginning of `words`. */
  push(words: Int32Array, first: number, second: number): void {
    const { width } = this.#layout;
    this.depth++;
    const { depth } = this;
    if (width * (depth + 1) > this.words.length)
      this.words = grown(this.words, width * (depth + 1), ownWords);
    if (size * (depth + 1) > this.#levels.length)
      this.#levels = grown(this.#levels, size * (depth + 1), ownWords);
    for (let i = 0; i < width; i++) this.words[depth * width + i] = words[i] as number;
    const end = depth === 0 ? 0 : (this.#levels[size * (depth - 1) + place.end] as number);
    this.#levels.set([first, second, end, end], size * depth);
  }

  pop(): void {
    this.depth--;
  }

  /** Puts the last level's state at the beginning of `words`. */
  load(words: Int32Array): void {
    const { width } = this.#layout;
    for (let i = 0; i < width; i++) words[i] = this.words[this.from + i] as number;
  }

  /**
   * Gives the last level its steps.
   *
   * @param begin which of them is the first to be taken; the others follow in a circle
   */
  offer(actions: Int32Array, leaves: Int32Array, count: number, begin: number): void {
    const level = size * this.depth;
    const from = this.#levels[level + place.end] as number;
    const end = from + 2 * count;
    if (end > this.#choices.length) this.#choices = grown(this.#choices, end, ownWords);
    for (let i = 0; i < count; i++) {
      const k = (begin + i) % count;
      this.#choices[from + 2 * i] = actions[k] as number;
      this.#choices[from + 2 * i + 1] = leaves[k] as number;
    }
    this.#levels[level + place.next] = from;
    this.#levels[level + place.end] = end;
  }

  /** The next step of the last level: where its action stands among the choices, its leaf behind it; -1 for none. */
  next(): number {
    const level = size * this.depth;
    const next = this.#levels[level + place.next] as number;
    if (next === this.#levels[level + place.end]) return -1;
    this.#levels[level + place.next] = next + 2;
    return next;
  }

  choice(at: number): number {
    return this.#choices[at] as number;
  }

  /** The actions that lead from the initial state to the last level's. */
  way(): number[] {
    return Array.from({ length: this.depth }, (_, level) =>
      this.choice((this.#levels[size * level + place.next] as number) - 2),
    );
  }

  /** Lays the states out anew. */
  repack(layout: Layout): void {
    const before = this.#layout;
    const numbers = new Int32Array(layout.word.length);
    const words = ownWords(Math.max(1 << 10, layout.width * (this.depth + 1)));
    for (let level = 0; level <= this.depth; level++) {
      before.unpack(this.words, level * before.width, numbers);
      layout.pack(numbers, words, level * layout.width);
    }
    this.words = words;
    this.#layout = layout;
  }
}
