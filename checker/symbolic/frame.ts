import type { Symmetry } from '../model.ts';
import type { Slot } from '../store/slots.ts';
import { hidden, unknown } from './observer.ts';
import type { Values } from './values.ts';

/** What is known of the slots' use. */
export interface Liveness {
  readonly isLive: (slot: number) => boolean;
  readonly isChanged: (slot: number) => boolean;
}

/** Which slot stands at which level of the diagrams. The others have their first value. */
export class Frame {
  /** The slot of each level. */
  readonly slots: readonly number[];
  readonly #levels: Int32Array;
  readonly #values: Values;
  readonly #live: Liveness;

  /** @param live which slots have to be kept, and which of the others are changed all the same */
  constructor(values: Values, live: Liveness, symmetry: Symmetry | undefined) {
    const places = values.slots.map((slot) => placeOf(slot, symmetry));
    this.#values = values;
    this.slots = values.slots
      .map((_, slot) => slot)
      .filter((slot) => live.isLive(slot))
      .sort((a, b) => compare(places[a] ?? [], places[b] ?? []) || a - b);
    this.#live = live;
    this.#levels = new Int32Array(values.slots.length).fill(-1);
    for (const [level, slot] of this.slots.entries()) this.#levels[slot] = level;
  }

  get depth(): number {
    return this.slots.length;
  }

  has(slot: number): boolean {
    return this.level(slot) >= 0;
  }

  level(slot: number): number {
    return this.#levels[slot] as number;
  }

  /** By level what is by slot; null where a slot without a level has another value than the first. */
  seen(bySlot: ReadonlyMap<number, number>): Map<number, number> | null {
    const byLevel = new Map<number, number>();
    for (const [slot, what] of bySlot) {
      if (this.has(slot)) byLevel.set(this.level(slot), what);
      else if (!this.#values.matches(slot, 0, what)) return null;
    }
    return byLevel;
  }

  written(bySlot: ReadonlyMap<number, number>): Map<number, number> {
    return new Map(
      [...bySlot].filter(([slot]) => this.has(slot)).map(([slot, write]) => [this.level(slot), write]),
    );
  }

  /** The values of all slots, from those of the levels from `level` on; those before are unknown. */
  numbers(tuple: Int32Array, level: number): Int32Array {
    const numbers = Int32Array.from(this.#levels, (_, slot) => (this.#live.isChanged(slot) ? hidden : 0));
    for (const [at, slot] of this.slots.entries())
      numbers[slot] = at < level ? unknown : (tuple[at] as number);
    return numbers;
  }

  readonly headOf = (level: number, value: number): number =>
    this.#values.headOf(this.slots[level] as number, value);

  readonly matches = (level: number, value: number, seen: number): boolean =>
    this.#values.matches(this.slots[level] as number, value, seen);

  readonly result = (level: number, value: number, write: number): number =>
    this.#values.written(this.slots[level] as number, value, write);
}

/**
 * Where a slot belongs: in the middle of all where it is of nobody, or of several; else on one side of the middle, farther
 * from it the more particular it is. The members of a type stand on both sides in turn.
 *
 * Diagrams are small where what depends on each other is near each other, and what many depend on stands between them.
 */
function placeOf({ path }: Slot, symmetry: Symmetry | undefined): number[] {
  const words = new Set(path.flatMap((key) => key.split(' ')));
  const types = [...(symmetry?.types ?? [])].sort((a, b) => (b[0]?.length ?? 0) - (a[0]?.length ?? 0));
  const place: number[] = [];
  for (const type of types) {
    const named = type.flatMap((names, member) =>
      names.some((name) => words.has(String(name))) ? [member] : [],
    );
    if (named.length > 1) break;
    if (named.length === 1) place.push(sideOf(named[0] as number, type.length, place[0]));
  }
  return place;
}

/** Members are dealt to both sides; what belongs to one on a side stands beyond it on the same side. */
function sideOf(member: number, members: number, outer: number | undefined): number {
  const distance = outer === undefined ? Math.floor(member / 2) + 1 : member + 1;
  const side = outer === undefined ? (member % 2 === 0 && members > 1 ? -1 : 1) : Math.sign(outer);
  return side * distance;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
