import type { Symmetry } from '../model.ts';
import type { Slot } from '../store/slots.ts';
import { hidden, unknown } from './partial-read-recorder.ts';
import type { ValueCodes } from './value-codes.ts';

/** How recipes use the slots. */
export interface SlotUse {
  /** Whether the search has to keep the slot's value. */
  readonly isLive: (slot: number) => boolean;
  /** Whether the slot has had another value than its first one. */
  readonly isChanged: (slot: number) => boolean;
}

/** Which slot has which level of the diagrams. A slot without a level is left out of the states. */
export class LevelOrder {
  /** The slot of each level. */
  readonly slots: readonly number[];
  readonly #levels: Int32Array;
  readonly #values: ValueCodes;
  readonly #use: SlotUse;

  /** @param preferred slots in an order that was found to be better; the others go behind their neighbours by name */
  constructor(
    values: ValueCodes,
    use: SlotUse,
    symmetry: Symmetry | undefined,
    preferred: readonly number[] = [],
  ) {
    const placements = values.slots.map((slot) => placementOf(slot, symmetry));
    this.#values = values;
    const byName = values.slots
      .map((_, slot) => slot)
      .filter((slot) => use.isLive(slot))
      .sort((a, b) => comparePlacements(placements[a] ?? [], placements[b] ?? []) || a - b);
    this.slots = preferred.length === 0 ? byName : inserted(preferred, byName);
    this.#use = use;
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

  /** What was seen, by level instead of by slot; null where it does not match the first value of a slot without a level. */
  seenByLevel(bySlot: ReadonlyMap<number, number>): Map<number, number> | null {
    const byLevel = new Map<number, number>();
    for (const [slot, what] of bySlot) {
      if (this.has(slot)) byLevel.set(this.level(slot), what);
      else if (!this.#values.matches(slot, 0, what)) return null;
    }
    return byLevel;
  }

  /** What was written, by level instead of by slot. */
  writtenByLevel(bySlot: ReadonlyMap<number, number>): Map<number, number> {
    return new Map(
      [...bySlot].filter(([slot]) => this.has(slot)).map(([slot, write]) => [this.level(slot), write]),
    );
  }

  /** The value numbers of all slots, where only the levels from `level` on are given. The earlier ones are unknown. */
  slotValues(tuple: Int32Array, level: number): Int32Array {
    const numbers = Int32Array.from(this.#levels, (_, slot) => (this.#use.isChanged(slot) ? hidden : 0));
    for (const [at, slot] of this.slots.entries())
      numbers[slot] = at < level ? unknown : (tuple[at] as number);
    return numbers;
  }

  readonly headOf = (level: number, value: number): number =>
    this.#values.headOf(this.slots[level] as number, value);

  readonly matches = (level: number, value: number, seen: number): boolean =>
    this.#values.matches(this.slots[level] as number, value, seen);

  readonly valueAfter = (level: number, value: number, write: number): number =>
    this.#values.valueAfter(this.slots[level] as number, value, write);
}

/** Puts each slot of `byName` that `preferred` lacks behind the one that it follows by name. */
function inserted(preferred: readonly number[], byName: readonly number[]): number[] {
  const slots = [...preferred];
  for (const [i, slot] of byName.entries())
    if (!slots.includes(slot)) slots.splice(slots.indexOf(byName[i - 1] ?? -1) + 1, 0, slot);
  return slots;
}

/**
 * Where a slot goes in the order of levels. A slot that belongs to no member of a type, or to several, goes to the middle.
 * A slot of one member goes to one side: the more types it belongs to, the farther out. The members of a type go to both
 * sides in turn.
 *
 * Why: diagrams are small where slots that depend on each other are near each other, with the shared slots between them.
 */
function placementOf({ path }: Slot, symmetry: Symmetry | undefined): number[] {
  const words = new Set(path.flatMap((key) => key.split(' ')));
  const types = [...(symmetry?.types ?? [])].sort((a, b) => (b[0]?.length ?? 0) - (a[0]?.length ?? 0));
  const placement: number[] = [];
  for (const type of types) {
    const named = type.flatMap((names, member) =>
      names.some((name) => words.has(String(name))) ? [member] : [],
    );
    if (named.length > 1) break;
    if (named.length === 1) placement.push(sideOf(named[0] as number, type.length, placement[0]));
  }
  return placement;
}

/** The distance from the middle, negative on one side. A slot that also belongs to an outer type stays on that type's side. */
function sideOf(member: number, members: number, outer: number | undefined): number {
  const distance = outer === undefined ? Math.floor(member / 2) + 1 : member + 1;
  const side = outer === undefined ? (member % 2 === 0 && members > 1 ? -1 : 1) : Math.sign(outer);
  return side * distance;
}

function comparePlacements(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
