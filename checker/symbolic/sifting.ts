import type { Layers } from './layers.ts';

/** A level is moved on while the set is at most so many times as large as before. */
const growthMax = 1.1;

/**
 * Moves each level, the largest first, to where the order is best: the set is small, and what an action reads and writes
 * is close together and far from the first level. Saturation does its work once for all tuples that differ above.
 *
 * @param touched for each action the levels that it reads or writes
 * @param goesOn asked before each level, with how many pairs of the layers have been exchanged so far
 * @returns for each place the level that stood there before is now at: a permutation of the levels
 * @source https://doi.org/10.1007/11691372_6 (Siminiceanu, Ciardo: weighted event span)
 */
export function sift(
  layers: Layers,
  touched: readonly (readonly number[])[],
  goesOn: (work: number) => boolean = () => true,
): number[] {
  const places = Array.from({ length: layers.depth }, (_, level) => level);
  const largestFirst = [...places].sort((a, b) => layers.sizeAt(b) - layers.sizeAt(a));
  const sifting = new Sifting(layers, touched, places);
  for (const level of largestFirst) if (goesOn(sifting.work)) sifting.moveToBest(places.indexOf(level));
  return places;
}

class Sifting {
  readonly #layers: Layers;
  /** The level at each place. */
  readonly #places: number[];
  readonly #touched: readonly (readonly number[])[];
  /** For each level the actions that touch it. */
  readonly #actionsAt: readonly (readonly number[])[];
  readonly #placeOf: number[];
  readonly #spans: number[];
  /** Pairs exchanged. */
  work = 0;
  #size: number;
  #spanSum = 0;

  constructor(layers: Layers, touched: readonly (readonly number[])[], places: number[]) {
    this.#layers = layers;
    this.#places = places;
    this.#placeOf = [...places];
    this.#touched = touched;
    this.#actionsAt = places.map((level) =>
      touched.flatMap((levels, action) => (levels.includes(level) ? [action] : [])),
    );
    this.#spans = touched.map(() => 0);
    for (const action of touched.keys()) this.#measure(action);
    this.#size = layers.size;
  }

  /** Moves the level at a place to the best one, its neighbours making room. */
  moveToBest(begin: number): void {
    let [at, best, least] = [begin, begin, this.#cost];
    const sizeMax = growthMax * this.#size;
    const move = (by: 1 | -1): void => {
      this.#exchange(by === 1 ? at : at - 1);
      at += by;
      if (this.#cost < least) [best, least] = [at, this.#cost];
    };
    while (at < this.#layers.depth - 1 && this.#size <= sizeMax) move(1);
    while (at > begin) move(-1);
    while (at > 0 && this.#size <= sizeMax) move(-1);
    while (at !== best) move(at < best ? 1 : -1);
  }

  get #cost(): number {
    return this.#size * this.#spanSum ** 2;
  }

  #exchange(place: number): void {
    this.#size += this.#layers.exchange(place);
    this.work += this.#layers.sizeAt(place) + this.#layers.sizeAt(place + 1);
    const [upper, lower] = [this.#places[place] as number, this.#places[place + 1] as number];
    this.#places[place] = lower;
    this.#places[place + 1] = upper;
    this.#placeOf[lower] = place;
    this.#placeOf[upper] = place + 1;
    for (const action of this.#actionsAt[upper] as readonly number[]) this.#measure(action);
    for (const action of this.#actionsAt[lower] as readonly number[]) this.#measure(action);
  }

  /** Takes down how much of the tuple an action may work on. */
  #measure(action: number): void {
    let [top, bottom] = [this.#layers.depth, 0];
    for (const level of this.#touched[action] as readonly number[]) {
      const place = this.#placeOf[level] as number;
      if (place < top) top = place;
      if (place > bottom) bottom = place;
    }
    const span = Math.max(0, bottom - top + 1) * (this.#layers.depth - top);
    this.#spanSum += span - (this.#spans[action] as number);
    this.#spans[action] = span;
  }
}
