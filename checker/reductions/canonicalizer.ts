import { canonicalJson } from '../canonical.ts';
import { ModelError } from '../misuse.ts';
import { type Slot, slotsOf } from '../store/slots.ts';
import type { WholeModel } from '../whole-model.ts';
import { identity, inverseOf, permutationsOf, type Renaming, rename, swapOfTexts } from './renaming.ts';

/** With more permutations than this, each state would take too long. */
const permutationsMax = 5_040;

/** A renaming of value numbers: slot `i` becomes `to[i]`, and its value `n` becomes `values[i][n]` (null: stays `n`). */
interface Permutation {
  readonly renaming: Renaming;
  readonly to: Int32Array;
  readonly values: (number[] | null)[];
}

/** A permutation that exchanges two names and nothing else. */
interface Twins extends Permutation {
  /** Slots that are exchanged, one of each two. */
  readonly moved: readonly number[];
  /** Slots that stay, and have had a value that names one of the two. */
  readonly naming: number[];
}

/**
 * Finds one representative for all states that differ only in the names of interchangeable things.
 *
 * It tries all permutations of the model's types, and orders the twins of each image. The least vector of value numbers is
 * the representative. Pairs of twins can be ordered one by one, because they cannot disturb each other: a slot that two
 * pairs share holds one value, and that names a twin of at most one pair.
 */
export class Canonicalizer<S extends object, A> {
  readonly #model: WholeModel<S, A>;
  readonly #slots: readonly Slot[];
  readonly #permutations: readonly Permutation[];
  readonly #twins: readonly Twins[];
  /** For each slot, how many of its values have been mapped. */
  readonly #mappedValues: Int32Array;
  readonly #actionsByJson: ReadonlyMap<string, number>;
  readonly #image: Int32Array;
  readonly #best: Int32Array;
  readonly #order: number;
  /** How many states have the same representative as the last one that was canonicalized. */
  orbit = 1;
  #chosen = 0;
  #swapped: boolean[] = [];
  #turn = 0;

  /** @throws ModelError where the initial state, an action or a subject has no counterpart under a renaming */
  constructor(model: WholeModel<S, A>, slots: readonly Slot[]) {
    const { types = [], twins = [] } = model.symmetry ?? {};
    this.#model = model;
    this.#slots = slots;
    const slotByPath = new Map(slots.map((slot, index) => [slot.path.join('\0'), index]));
    const permutation = (renaming: Renaming): Permutation => ({
      renaming,
      to: Int32Array.from(slots, ({ path }) => imageOfSlot(slotByPath, renaming, path)),
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
      const whole = permutation(swapOfTexts(pair));
      return { ...whole, moved: [...whole.to.keys()].filter((i) => (whole.to[i] as number) > i), naming: [] };
    });
    this.#order = elements.length * 2 ** twins.length;
    this.#mappedValues = new Int32Array(slots.length);
    this.#image = new Int32Array(slots.length);
    this.#best = new Int32Array(slots.length);
    this.#actionsByJson = new Map(model.actions.map((action, index) => [canonicalJson(action), index]));
    this.#checkNames();
    this.mapNewValues();
  }

  /** Maps the values that slots have had since the last call. Their images become values of their slots, too. */
  mapNewValues(): void {
    for (let again = true; again; ) {
      again = false;
      for (const [index, slot] of this.#slots.entries()) {
        for (let value = this.#mappedValues[index] as number; value < slot.size; value++) {
          again = true;
          for (const permutation of this.#permutations) this.#mapValue(permutation, index, value);
          for (const twins of this.#twins) {
            const image = this.#mapValue(twins, index, value);
            if (image !== value && twins.to[index] === index && !twins.naming.includes(index)) {
              twins.naming.push(index);
            }
          }
          this.#mappedValues[index] = value + 1;
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
      applyPermutation(this.#permutations[p] as Permutation, numbers, image);
      const swapped: boolean[] = [];
      const tied = this.#orderTwins(image, swapped);
      const order = p === 0 ? -1 : compareVectors(image, best);
      if (order === 0) equal++;
      if (order >= 0) continue;
      best.set(image);
      [ties, equal, this.#chosen, this.#swapped] = [tied, 1, p, swapped];
    }
    numbers.set(best);
    image = best;
    this.orbit = this.#order / (equal * 2 ** ties);
  }

  /** The renamings that the last {@link canonicalize} applied, first to last. */
  lastRenamings(): Renaming[] {
    const twins = this.#twins.flatMap(({ renaming }, k) => (this.#swapped[k] ? [renaming] : []));
    return [this.#permutations[this.#chosen]?.renaming ?? identity, ...twins];
  }

  /** The action that `action` was before the renamings in `applied`. */
  actionBefore(action: number, applied: readonly Renaming[]): number {
    let original: unknown = this.#model.actions[action];
    for (const renaming of applied.toReversed()) original = rename(inverseOf(renaming), original);
    return this.#actionsByJson.get(canonicalJson(original)) ?? action;
  }

  /** The subject of a property that `subject` was before the renamings in `applied`. */
  subjectBefore(subject: string, applied: readonly Renaming[]): string {
    return applied.reduceRight((name, renaming) => rename(inverseOf(renaming), name) as string, subject);
  }

  /** `action` and `numbers` under a renaming, so that a step can be compared with its image. Each call takes the next one. */
  mirrorStep(action: number, numbers: ArrayLike<number>): MirroredStep {
    const all = [...this.#permutations, ...this.#twins];
    const permutation = all[this.#turn++ % all.length] as Permutation;
    const image = new Int32Array(numbers.length);
    applyPermutation(permutation, numbers, image);
    const other = canonicalJson(rename(permutation.renaming, this.#model.actions[action]));
    return {
      action: this.#actionsByJson.get(other) ?? action,
      numbers: image,
      imageOf: (slot, value) => {
        this.mapNewValues();
        return [permutation.to[slot] as number, permutation.values[slot]?.[value] ?? value];
      },
    };
  }

  /** For each renaming what it makes of `subject` and of a slot. */
  counterpartsOf(subject: string): { subject: string; slot: (slot: number) => number }[] {
    return [...this.#permutations, ...this.#twins].map(({ renaming, to }) => ({
      subject: rename(renaming, subject) as string,
      slot: (slot) => to[slot] as number,
    }));
  }

  /** Exchanges the twins that are not in order. @returns how many pairs of twins nothing tells apart */
  #orderTwins(numbers: Int32Array, swapped: boolean[]): number {
    let ties = 0;
    for (let k = 0; k < this.#twins.length; k++) {
      const twins = this.#twins[k] as Twins;
      const order = compareTwins(twins, numbers);
      swapped.push(order > 0);
      if (order > 0) swapTwins(twins, numbers);
      else if (order === 0) ties++;
    }
    return ties;
  }

  #mapValue(permutation: Permutation, index: number, value: number): number {
    const slot = this.#slots[index] as Slot;
    const to = this.#slots[permutation.to[index] as number] as Slot;
    const image = to.numberOf(rename(permutation.renaming, slot.valueOf(value)));
    const known = permutation.values[index];
    if (known) known[value] = image;
    else if (image !== value) permutation.values[index] = [...Array(value).keys(), image];
    return image;
  }

  #checkNames(): void {
    for (const { renaming } of [...this.#permutations, ...this.#twins]) {
      this.#checkInitial(renaming);
      for (const action of this.#model.actions) {
        if (!this.#actionsByJson.has(canonicalJson(rename(renaming, action)))) {
          throw asymmetryError(`the action ${this.#model.label(action)} has no counterpart`);
        }
      }
      for (const { name, subjects } of this.#model.properties) {
        const stray = subjects.find((subject) => !subjects.includes(rename(renaming, subject) as string));
        if (stray !== undefined) throw asymmetryError(`the subject ${stray} of '${name}' has no counterpart`);
      }
    }
  }

  #checkInitial(renaming: Renaming): void {
    const initial = slotsOf(rename(renaming, this.#model.initial) as object);
    const texts = new Map(initial.map((slot) => [slot.path.join('\0'), canonicalJson(slot.valueOf(0))]));
    const stray = this.#slots.find(
      (slot) => texts.get(slot.path.join('\0')) !== canonicalJson(slot.valueOf(0)),
    );
    if (stray) throw asymmetryError(`the initial state differs at ${stray.path.join('.')}`);
  }
}

/** A state and an action under a renaming, and what the renaming makes of a slot and its value. */
export interface MirroredStep {
  readonly action: number;
  readonly numbers: Int32Array;
  readonly imageOf: (slot: number, value: number) => readonly [slot: number, value: number];
}

export function asymmetryError(what: string): ModelError {
  return new ModelError(
    `the model does not have the symmetry that it declares (${what}): correct its symmetry, or search without`,
  );
}

function imageOfSlot(
  slotByPath: ReadonlyMap<string, number>,
  renaming: Renaming,
  path: readonly string[],
): number {
  const image = slotByPath.get(path.map((key) => rename(renaming, key)).join('\0'));
  if (image === undefined) throw asymmetryError(`the state has no counterpart of ${path.join('.')}`);
  return image;
}

function applyPermutation({ to, values }: Permutation, numbers: ArrayLike<number>, image: Int32Array): void {
  for (let i = 0; i < image.length; i++) {
    const map = values[i];
    const value = numbers[i] as number;
    image[to[i] as number] = map ? (map[value] as number) : value;
  }
}

function compareVectors(a: Int32Array, b: Int32Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Greater than 0 where the twins have to be exchanged, 0 where nothing tells them apart. */
function compareTwins({ to, values, moved, naming }: Twins, numbers: Int32Array): number {
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

function swapTwins({ to, values, moved, naming }: Twins, numbers: Int32Array): void {
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
