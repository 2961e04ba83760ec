import { isRecord } from '../canonical.ts';

/** A permutation of names. A text that is renamed as a whole goes first; else each word of it is. Numbers count as words. */
export interface Renaming {
  readonly texts: ReadonlyMap<string, string>;
  readonly words: ReadonlyMap<string, string>;
}

/** A type of interchangeable things: for each member its names, in the same order. */
type NameType = readonly (readonly (string | number)[])[];

export const identity: Renaming = { texts: new Map(), words: new Map() };

/** Exchanges two texts. */
export function swapOfTexts([a, b]: readonly [string, string]): Renaming {
  const texts = new Map([
    [a, b],
    [b, a],
  ]);
  return { texts, words: new Map() };
}

/** For each type the exchanges of two neighbours; every permutation is a sequence of these. */
export function exchangesOf(types: readonly NameType[]): Renaming[] {
  return types.flatMap((type) =>
    type.slice(1).map((_, i) => {
      const order = type.map((_, m) => (m === i ? i + 1 : m === i + 1 ? i : m));
      return renamingOf(type, order);
    }),
  );
}

/** Every combination of permutations of the types, the identity first; null where there are more than `max`. */
export function permutationsOf(types: readonly NameType[], max: number): Renaming[] | null {
  let all: Renaming[] = [identity];
  for (const type of types) {
    const orders = ordersOf(type.length, max);
    if (orders === null || all.length * orders.length > max) return null;
    all = all.flatMap((first) => orders.map((order) => composed(first, renamingOf(type, order))));
  }
  return all;
}

export function inverseOf({ texts, words }: Renaming): Renaming {
  const inverse = (map: ReadonlyMap<string, string>): Map<string, string> =>
    new Map([...map].map(([from, to]) => [to, from]));
  return { texts: inverse(texts), words: inverse(words) };
}

/** A copy of `value` with every name replaced, keys of objects included. */
export function rename(renaming: Renaming, value: unknown): unknown {
  if (typeof value === 'string') return renameText(renaming, value);
  if (typeof value === 'number') {
    const name = renaming.words.get(String(value));
    return name === undefined ? value : Number(name);
  }
  if (Array.isArray(value)) return value.map((each) => rename(renaming, each));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [renameText(renaming, key), rename(renaming, each)]),
  );
}

export function renameText({ texts, words }: Renaming, text: string): string {
  const whole = texts.get(text);
  if (whole !== undefined) return whole;
  return words.size === 0 ? text : text.replace(/[\w/]+/g, (word) => words.get(word) ?? word);
}

function renamingOf(type: NameType, order: readonly number[]): Renaming {
  const words = type.flatMap((member, m) =>
    member.map((name, n) => [String(name), String(type[order[m] as number]?.[n] ?? name)] as const),
  );
  return { texts: new Map(), words: new Map(words.filter(([from, to]) => from !== to)) };
}

function composed(first: Renaming, second: Renaming): Renaming {
  const names = new Set([...first.words.keys(), ...second.words.keys()]);
  const through = (name: string): string => {
    const middle = first.words.get(name) ?? name;
    return second.words.get(middle) ?? middle;
  };
  return { texts: new Map(), words: new Map([...names].map((name) => [name, through(name)])) };
}

/** Every order of `0 … n-1`, the sorted one first; null where there are more than `max`. */
function ordersOf(n: number, max: number): number[][] | null {
  let orders: number[][] = [[]];
  for (let k = 0; k < n; k++) {
    orders = orders.flatMap((order) => [...Array(k + 1).keys()].map((at) => order.toSpliced(k - at, 0, k)));
    if (orders.length > max) return null;
  }
  return orders;
}
