import { canonicalJson } from '../canonical.ts';
import { ModelError } from '../misuse.ts';
import type { Model } from '../model.ts';
import { type Slot, slotsOf } from '../store/slots.ts';
import { identity, inverseOf, pairwise, permutationsOf, type Renaming, renamed } from './renaming.ts';

/** More permutations than this are not tried on each state. */
const permutationsMax = 5_040;

/** What a renaming does to packed states: slot `i` goes to `to[i]`, its value `n` to `values[i][n]` (null: to `n`). */
interface Permutation {
  readonly renaming: Renaming;
  readonly to: Int32Array;
  readonly values: (number[] | null)[];
}

/** A permutation that changes places of two names and of nothing else. */
interface Twins extends Permutation {
  /** Slots that change places, one of each two. */
  readonly moved: readonly number[];
  /** Slots that stay, and have a value that names one of the two. */
  readonly naming: number[];
}

/**
 * Finds one representative for all states that differ in the names of interchangeable things alone.
 *
 * The permutations of the model's types are all tried, and of each image the twins are put in order; the least
 * vector of value numbers is the representative. Twins cannot disturb each other: a slot that two pairs of twins
 * have in common holds one value, which names one of them at most.
 */
export class Symmetry<S extends object, A> {
  readonly #model: Model<S, A>;
  readonly #slots: readonly Slot[];
  readonly #permutations: readonly Permutation[];
  readonly #twins: readonly Twins[];
  /** Values of each slot whose images are known. */
  readonly #closed: Int32Array;
  readonly #actionsByJson: ReadonlyMap<string, number>;
  readonly #image: Int32Array;
  readonly #best: Int32Array;
  readonly #order: number;
  /** Of the last {@link canonicalize}: how many states have the same representative. */
  orbit = 1;
  #chosen = 0;
  #swapped: boolean[] = [];
  #turn = 0;

  /** @throws ModelError where the initial state, an action or a subject has no counterpart under a renaming */
  constructor(model: Model<S, A>, slots: readonly Slot[]) {
    const { types = [], twins = [] } = model.symmetry ?? {};
    this.#model = model;
    this.#slots = slots;
    const places = new Map(slots.map((slot, index) => [slot.path.join('\0'), index]));
    const permutation = (renaming: Renaming): Permutation => ({
      renaming,
      to: Int32Array.from(slots, ({ path }) => placeOf(places, renaming, path)),
      values: slots.map(() => null),
    });
    const elements = permutationsOf(types, permutationsMax);
    if (elements === null) {
      throw new ModelError(
        `model ${model.name} is too symmetric (got more than ${permutationsMax} permutations): lower the bound, or search without symmetry`,
      );
    }
    this.#permutations = elements.map(permutation);
    this.#twins = twins.map((pair) => {
      const whole = permutation(pairwise(pair));
      return { ...whole, moved: [...whole.to.keys()].filter((i) => (whole.to[i] as number) > i), naming: [] };
    });
    this.#order = elements.length * 2 ** twins.length;
    this.#closed = new Int32Array(slots.length);
    this.#image = new Int32Array(slots.length);
    this.#best = new Int32Array(slots.length);
    this.#actionsByJson = new Map(model.actions.map((action, index) => [canonicalJson(action), index]));
    this.#checkNames();
    this.close();
  }

  /** Finds the images of values that have come up since the last call; they are values of their slots from now on. */
  close(): void {
    for (let again = true; again; ) {
      again = false;
      for (const [index, slot] of this.#slots.entries()) {
        for (let value = this.#closed[index] as number; value < slot.size; value++) {
          again = true;
          for (const permutation of this.#permutations) this.#map(permutation, index, value);
          for (const twins of this.#twins) {
            const image = this.#map(twins, index, value);
            if (image !== value && twins.to[index] === index && !twins.naming.includes(index)) {
              twins.naming.push(index);
            }
          }
          this.#closed[index] = value + 1;
        }
      }
    }
  }

  /** Replaces the value numbers of a state by those of its representative. */
  canonicalize(numbers: Int32Array): void {
    const best = this.#best;
    let image = this.#image;
    let ties = 1;
    let equal = 0;
    for (let p = 0; p < this.#permutations.length; p++) {
      apply(this.#permutations[p] as Permutation, numbers, image);
      const swapped: boolean[] = [];
      const tied = this.#orderTwins(image, swapped);
      const order = p === 0 ? -1 : compare(image, best);
      if (order === 0) equal++;
      if (order >= 0) continue;
      best.set(image);
      [ties, equal, this.#chosen, this.#swapped] = [tied, 1, p, swapped];
    }
    numbers.set(best);
    image = best;
    this.orbit = this.#order / (equal * 2 ** ties);
  }

  /** The renamings that the last {@link canonicalize} applied, in their order. */
  last(): Renaming[] {
    const twins = this.#twins.flatMap(({ renaming }, k) => (this.#swapped[k] ? [renaming] : []));
    return [this.#permutations[this.#chosen]?.renaming ?? identity, ...twins];
  }

  /** The action that `action` is where what `applied` renamed has its old names again; the last first. */
  actionBefore(action: number, applied: readonly Renaming[]): number {
    let original: unknown = this.#model.actions[action];
    for (const renaming of applied.toReversed()) original = renamed(inverseOf(renaming), original);
    return this.#actionsByJson.get(canonicalJson(original)) ?? action;
  }

  /** The same for a subject of a property. */
  subjectBefore(subject: string, applied: readonly Renaming[]): string {
    return applied.reduceRight((name, renaming) => renamed(inverseOf(renaming), name) as string, subject);
  }

  /**
   * One of the renamings, each in its turn: `action` and `numbers` under it, so that a step can be compared
   * with its image.
   */
  mirrored(action: number, numbers: ArrayLike<number>): Mirrored {
    const all = [...this.#permutations, ...this.#twins];
    const permutation = all[this.#turn++ % all.length] as Permutation;
    const image = new Int32Array(numbers.length);
    apply(permutation, numbers, image);
    const other = canonicalJson(renamed(permutation.renaming, this.#model.actions[action]));
    return {
      action: this.#actionsByJson.get(other) ?? action,
      numbers: image,
      imageOf: (slot, value) => {
        this.close();
        return [permutation.to[slot] as number, permutation.values[slot]?.[value] ?? value];
      },
    };
  }

  /** The subjects that `subject` is under the renamings, and where each takes a slot. */
  counterpartsOf(subject: string): { subject: string; slot: (slot: number) => number }[] {
    return [...this.#permutations, ...this.#twins].map(({ renaming, to }) => ({
      subject: renamed(renaming, subject) as string,
      slot: (slot) => to[slot] as number,
    }));
  }

  /** Puts each twin with the lesser frame first. @returns how many twins stand for the same. */
  #orderTwins(numbers: Int32Array, swapped: boolean[]): number {
    let ties = 0;
    for (let k = 0; k < this.#twins.length; k++) {
      const twins = this.#twins[k] as Twins;
      const order = orderOf(twins, numbers);
      swapped.push(order > 0);
      if (order > 0) swap(twins, numbers);
      else if (order === 0) ties++;
    }
    return ties;
  }

  #map(permutation: Permutation, index: number, value: number): number {
    const slot = this.#slots[index] as Slot;
    const to = this.#slots[permutation.to[index] as number] as Slot;
    const image = to.numberOf(renamed(permutation.renaming, slot.valueOf(value)));
    const known = permutation.values[index];
    if (known) known[value] = image;
    else if (image !== value) permutation.values[index] = [...Array(value).keys(), image];
    return image;
  }

  #checkNames(): void {
    for (const { renaming } of [...this.#permutations, ...this.#twins]) {
      this.#checkInitial(renaming);
      for (const action of this.#model.actions) {
        if (!this.#actionsByJson.has(canonicalJson(renamed(renaming, action)))) {
          throw asymmetric(`the action ${this.#model.label(action)} has no counterpart`);
        }
      }
      for (const { name, subjects } of this.#model.properties) {
        const stray = subjects.find((subject) => !subjects.includes(renamed(renaming, subject) as string));
        if (stray !== undefined) throw asymmetric(`the subject ${stray} of '${name}' has no counterpart`);
      }
    }
  }

  #checkInitial(renaming: Renaming): void {
    const initial = slotsOf(renamed(renaming, this.#model.initial) as object);
    const texts = new Map(initial.map((slot) => [slot.path.join('\0'), canonicalJson(slot.valueOf(0))]));
    const stray = this.#slots.find(
      (slot) => texts.get(slot.path.join('\0')) !== canonicalJson(slot.valueOf(0)),
    );
    if (stray) throw asymmetric(`the initial state differs at ${stray.path.join('.')}`);
  }
}

/** A state and an action under a renaming. */
export interface Mirrored {
  readonly action: number;
  readonly numbers: Int32Array;
  readonly imageOf: (slot: number, value: number) => readonly [slot: number, value: number];
}

export function asymmetric(what: string): ModelError {
  return new ModelError(
    `the model is not symmetric in what it says it is (${what}): mend its symmetry, or search without`,
  );
}

function placeOf(places: ReadonlyMap<string, number>, renaming: Renaming, path: readonly string[]): number {
  const place = places.get(path.map((key) => renamed(renaming, key)).join('\0'));
  if (place === undefined) throw asymmetric(`the state has no counterpart of ${path.join('.')}`);
  return place;
}

function apply({ to, values }: Permutation, numbers: ArrayLike<number>, image: Int32Array): void {
  for (let i = 0; i < image.length; i++) {
    const map = values[i];
    const value = numbers[i] as number;
    image[to[i] as number] = map ? (map[value] as number) : value;
  }
}

function compare(a: Int32Array, b: Int32Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Greater than 0 where the twins have to change places, 0 where nothing tells them apart. */
function orderOf({ to, values, moved, naming }: Twins, numbers: Int32Array): number {
  for (let m = 0; m < moved.length; m++) {
    const first = moved[m] as number;
    const second = to[first] as number;
    const map = values[second];
    const value = numbers[second] as number;
    const difference = (numbers[first] as number) - (map ? (map[value] as number) : value);
    if (difference !== 0) return difference;
  }
  for (let m = 0; m < naming.length; m++) {
    const slot = naming[m] as number;
    const value = numbers[slot] as number;
    const difference = value - (values[slot]?.[value] ?? value);
    if (difference !== 0) return difference;
  }
  return 0;
}

function swap({ to, values, moved, naming }: Twins, numbers: Int32Array): void {
  for (const first of moved) {
    const second = to[first] as number;
    const [a, b] = [numbers[first] as number, numbers[second] as number];
    numbers[first] = values[second]?.[b] ?? b;
    numbers[second] = values[first]?.[a] ?? a;
  }
  for (const slot of naming) {
    const value = numbers[slot] as number;
    numbers[slot] = values[slot]?.[value] ?? value;
  }
}
