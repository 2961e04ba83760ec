/** A set of options: bit i is set where option i is in it. At most 20 options. */
export type OptionSet = number;

/** Whether every option of `part` is in `whole`. */
export function isWithin(part: OptionSet, whole: OptionSet): boolean {
  return (part & ~whole) === 0;
}

/** The options of a set, each as a set of its own. */
export function singlesOf(set: OptionSet): OptionSet[] {
  const singles: OptionSet[] = [];
  for (let rest = set; rest !== 0; rest &= rest - 1) singles.push(rest & -rest);
  return singles;
}

/** The subsets of at most `sizeMax` options, smaller ones first. */
export function subsetsOf(set: OptionSet, sizeMax: number): OptionSet[] {
  let last: OptionSet[] = [0];
  const all = [...last];
  for (let size = 1; size <= sizeMax; size++) {
    // Each is made once: by adding an option above all that it has.
    last = last.flatMap((each) =>
      singlesOf(set)
        .filter((single) => single > each)
        .map((single) => each | single),
    );
    all.push(...last);
  }
  return all;
}

/** The sets that contain no other one. */
export function minimalOf(sets: Iterable<OptionSet>): OptionSet[] {
  const distinct = [...new Set(sets)];
  return distinct.filter((set) => !distinct.some((other) => other !== set && isWithin(other, set)));
}

/** The sets that no other one contains. */
export function maximalOf(sets: Iterable<OptionSet>): OptionSet[] {
  const distinct = [...new Set(sets)];
  return distinct.filter((set) => !distinct.some((other) => other !== set && isWithin(set, other)));
}

/**
 * The minimal sets that have an option in common with each of `sets`: Berge's algorithm, one set after the other.
 *
 * @returns one empty set where `sets` is empty; none where one of them is empty
 */
export function hittingSetsOf(sets: readonly OptionSet[]): OptionSet[] {
  let hitting: OptionSet[] = [0];
  for (const set of sets) {
    hitting = minimalOf(
      hitting.flatMap((chosen) =>
        (chosen & set) === 0 ? singlesOf(set).map((single) => chosen | single) : [chosen],
      ),
    );
  }
  return hitting;
}
