import { type Diagrams, none } from './diagrams.ts';
import type { Frame } from './frame.ts';
import type { Relations } from './relations.ts';

const imaging = 5;

/** Single steps, forth and back. */
export class Steps {
  readonly #sets: Diagrams;
  readonly #frame: Frame;
  readonly #relations: Relations;

  constructor(sets: Diagrams, frame: Frame, relations: Relations) {
    this.#sets = sets;
    this.#frame = frame;
    this.#relations = relations;
  }

  /** What `relation` leads to from `set`; of a relation that writes nothing, the part of `set` that it is about. */
  image(set: number, relation: number, level: number = 0): number {
    if (set === none || relation === 0) return none;
    if (relation === 1) return set;
    const sets = this.#sets;
    const known = sets.recall(imaging, set, relation);
    if (known >= 0) return known;
    let result = none;
    for (let n = set; n !== none; n = sets.right(n)) {
      const value = sets.value(n);
      for (const [next, after] of this.#edges(relation, level, value)) {
        const below = this.image(sets.down(n), next, level + 1);
        result = sets.union(result, sets.node(after, below, none));
      }
    }
    return sets.remember(imaging, set, relation, result);
  }

  /** The tuples of `among` from which `relation` leads into `set`. */
  before(
    set: number,
    relation: number,
    among: number,
    level: number = 0,
    known: Map<string, number> = new Map(),
  ): number {
    if (set === none || relation === 0 || among === none) return none;
    if (relation === 1) return this.#sets.both(set, among);
    const key = `${set} ${relation} ${among}`;
    const result = known.get(key) ?? this.#before(set, relation, among, level, known);
    known.set(key, result);
    return result;
  }

  #before(set: number, relation: number, among: number, level: number, known: Map<string, number>): number {
    const sets = this.#sets;
    let result = none;
    for (let n = among; n !== none; n = sets.right(n)) {
      const value = sets.value(n);
      for (const [next, after] of this.#edges(relation, level, value)) {
        const below = this.before(this.#at(set, after), next, sets.down(n), level + 1, known);
        result = sets.union(result, sets.node(value, below, none));
      }
    }
    return result;
  }

  /** What is below `value` in `set`. */
  #at(set: number, value: number): number {
    let n = set;
    while (n !== none && this.#sets.value(n) < value) n = this.#sets.right(n);
    return n !== none && this.#sets.value(n) === value ? this.#sets.down(n) : none;
  }

  /** What goes on below `value`, and what becomes of it. */
  *#edges(relation: number, level: number, value: number): Iterable<[next: number, after: number]> {
    const { read, write, down, right } = this.#relations;
    if (this.#relations.level[relation] !== level) {
      yield [relation, value];
      return;
    }
    for (let edge = relation; edge !== 0; edge = right[edge] as number) {
      if (!this.#frame.matches(level, value, read[edge] as number)) continue;
      yield [down[edge] as number, this.#frame.result(level, value, write[edge] as number)];
    }
  }
}
