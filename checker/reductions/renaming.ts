import { isRecord } from '../canonical.ts';

/** A permutation of names: whole texts first, then words of texts; numbers are names like words. */
export interface Renaming {
  readonly texts: ReadonlyMap<string, string>;
  readonly words: ReadonlyMap<string, string>;
}

/** The members of a type: each has the same number of names, in the same order. */
type Type = readonly (readonly (string | number)[])[];

export const identity: Renaming = { texts: new Map(), words: new Map() };

/** Changes places of two texts. */
export function pairwise([a, b]: readonly [string, string]): Renaming {
  const texts = new Map([
    [a, b],
    [b, a],
  ]);
  return { texts, words: new Map() };
}

/** For each type the exchanges of two neighbours, of which every permutation is made. */
export function exchangesOf(types: readonly Type[]): Renaming[] {
  return types.flatMap((type) =>
    type.slice(1).map((_, i) => {
      const order = type.map((_, m) => (m === i ? i + 1 : m === i + 1 ? i : m));
      return renamingOf(type, order);
    }),
  );
}

/** Every combination of permutations of the types, the identity first; null where they are more than `max`. */
export function permutationsOf(types: readonly Type[], max: number): Renaming[] | null {
  let all: Renaming[] = [identity];
  for (const type of types) {
    const orders = ordersOf(type.length, max);
    if (orders === null || all.length * orders.length > max) return null;
    all = all.flatMap((first) => orders.map((order) => then(first, renamingOf(type, order))));
  }
  return all;
}

export function inverseOf({ texts, words }: Renaming): Renaming {
  const inverse = (map: ReadonlyMap<string, string>): Map<string, string> =>
    new Map([...map].map(([from, to]) => [to, from]));
  return { texts: inverse(texts), words: inverse(words) };
}

/** A copy of `value` with every name replaced, keys of objects included. */
export function renamed(renaming: Renaming, value: unknown): unknown {
  if (typeof value === 'string') return renamedText(renaming, value);
  if (typeof value === 'number') {
    const name = renaming.words.get(String(value));
    return name === undefined ? value : Number(name);
  }
  if (Array.isArray(value)) return value.map((each) => renamed(renaming, each));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [renamedText(renaming, key), renamed(renaming, each)]),
  );
}

export function renamedText({ texts, words }: Renaming, text: string): string {
  const whole = texts.get(text);
  if (whole !== undefined) return whole;
  return words.size === 0 ? text : text.replace(/[\w/]+/g, (word) => words.get(word) ?? word);
}

function renamingOf(type: Type, order: readonly number[]): Renaming {
  const words = type.flatMap((member, m) =>
    member.map((name, n) => [String(name), String(type[order[m] as number]?.[n] ?? name)] as const),
  );
  return { texts: new Map(), words: new Map(words.filter(([from, to]) => from !== to)) };
}

function then(first: Renaming, second: Renaming): Renaming {
  const names = new Set([...first.words.keys(), ...second.words.keys()]);
  const through = (name: string): string => {
    const middle = first.words.get(name) ?? name;
    return second.words.get(middle) ?? middle;
  };
  return { texts: new Map(), words: new Map([...names].map((name) => [name, through(name)])) };
}

/** Every order of `0 … n-1`, the sorted one first. */
function ordersOf(n: number, max: number): number[][] | null {
  let orders: number[][] = [[]];
  for (let k = 0; k < n; k++) {
    orders = orders.flatMap((order) => [...Array(k + 1).keys()].map((at) => order.toSpliced(k - at, 0, k)));
    if (orders.length > max) return null;
  }
  return orders;
}
