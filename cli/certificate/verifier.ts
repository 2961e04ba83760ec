/**
 * Verifies a certificate: a set of states that contains the initial one, that no step leads out of, and in which no rule
 * is broken. Then no reachable state breaks one, whoever found the set and however.
 *
 * It shares no code with the engines, so no fault of theirs can hide: there is no draft, no packed state, no learnt step.
 * Each step is the model's own function, run on a plain object. A test holds that this file imports nothing.
 * What a set is, as a list or as a diagram, is in sets.ts, which imports nothing either.
 *
 * @module
 */

/** As much of a model as a certificate is about. */
export interface PlainModel {
  readonly initial: object;
  readonly actions: readonly unknown[];
  step(draft: object, action: unknown): boolean;
  label?(action: unknown): string;
  progress?(action: unknown): boolean;
  readonly properties: readonly Property[];
}

interface Property {
  readonly name: string;
  readonly kind: 'always' | 'quiescent' | 'step' | 'sometimes';
  readonly subjects?: readonly string[];
  check(state: object, subject: string, after: object): boolean;
}

/** What a certificate says beside its states. */
export interface Claims {
  /** How many states there are. */
  readonly states: number;
  /** The paths to the ends of a state's tree: to what is no object. A state has pairs, the number of an end and a value. */
  readonly ends: readonly (readonly string[])[];
  /** The names of the rules that hold. */
  readonly holds: readonly string[];
  /** Where the states are a decision diagram. */
  readonly diagram?: Levels;
}

/** How a decision diagram says what a state is. An end that is named nowhere here is as in the initial state. */
export interface Levels {
  /** For each level the number of its end. */
  readonly ends: readonly number[];
  /** For each level the values of its end, by their numbers. */
  readonly values: readonly (readonly unknown[])[];
  /** Ends that may have any value: no step and no rule asks for them, it says. */
  readonly leftOut: readonly number[];
}

/** A set of states, each a row of numbers: for each end the number of its value. */
export interface StateSet {
  /** Adds what a line of the certificate says. */
  read(line: unknown): void;
  /** How many states were read. */
  readonly count: number;
  has(row: Uint32Array): boolean;
  /** The states to be judged, and whether each is in the sample; null for all. The row is the same array each time. */
  chosen(sample: number | null, random: () => number): Iterable<{ row: Uint32Array; isInSample: boolean }>;
}

/** How much is verified, and how a caller follows it. */
export interface Scope {
  /** How many states are expanded, chosen by `random` (from 0 to 1); null for all. All are judged. */
  readonly sample: number | null;
  readonly random: () => number;
  /** Told now and then how many states are done; false ends the work. */
  readonly goesOn: (done: number) => boolean;
}

/** What was found right; of the states that were expanded: their every step leads to a listed state. */
export type Verified = Readonly<
  Record<'expanded' | 'steps' | 'quiescent', number> & { wasCancelled: boolean }
>;

/** What is wrong with a certificate. */
export class CertificateError extends Error {}

const tellEvery = 256;
/** Sums of many numbers are not exact above 2^53. */
const countTolerance = 1e-9;

/** An end of a state's tree, and the values that it has in the states of the set, numbered. */
export class End {
  readonly path: readonly string[];
  readonly values: unknown[] = [];
  readonly #numbers = new Map<unknown, number>();

  constructor(path: readonly string[]) {
    this.path = path;
  }

  /** The number of a value; undefined for one that no state has. */
  numberOf(value: unknown): number | undefined {
    return this.#numbers.get(keyOf(value));
  }

  /** @returns the number of a value, a new one where it has none */
  add(value: unknown): number {
    const known = this.numberOf(value);
    if (known !== undefined) return known;
    this.#numbers.set(keyOf(value), this.values.length);
    return this.values.push(frozen(value)) - 1;
  }
}

/** Reads the states of a certificate, and then verifies them. @throws CertificateError for the first thing that is wrong */
export class Verifier {
  readonly #model: PlainModel;
  readonly #states: number;
  readonly #ends: readonly End[];
  readonly #leftOut: ReadonlySet<number>;
  /** How many keys the objects above the ends have. */
  readonly #branches: number;
  readonly #set: StateSet;
  readonly #row: Uint32Array;
  readonly #rules: readonly Property[];

  /** @param setOf makes the set that the lines of the certificate are read into */
  constructor(model: PlainModel, claims: Claims, setOf: (ends: readonly End[]) => StateSet) {
    const { ends, states, holds, diagram } = claims;
    const own = endsOf(model.initial);
    if (textOf(own.map(textOf).toSorted()) !== textOf(ends.map(textOf).toSorted()))
      throw new CertificateError(
        `its states have other parts (got ${ends.length} ends, allowed the ${own.length} of the initial state)`,
      );
    const rules = model.properties.filter(({ kind }) => kind !== 'sometimes');
    const unknown = holds.find((each) => !rules.some(({ name }) => name === each));
    if (unknown !== undefined) throw new CertificateError(`'${unknown}' is no rule of this model`);
    this.#model = model;
    this.#states = states;
    this.#ends = ends.map((path) => new End(path));
    this.#leftOut = new Set(diagram?.leftOut);
    this.#branches = branchesOf(model.initial, model.initial);
    this.#set = setOf(this.#ends);
    this.#row = new Uint32Array(ends.length);
    this.#rules = rules.filter(({ name }) => holds.includes(name));
    if (!diagram) return;
    for (const end of this.#ends) if (end.values.length === 0) end.add(at(model.initial, end.path));
  }

  /** Reads a line of the certificate, from the second on. */
  read(line: unknown): void {
    this.#set.read(line);
  }

  verify({ sample, random, goesOn }: Scope): Verified {
    const { count } = this.#set;
    if (Math.abs(count / this.#states - 1) > countTolerance)
      throw new CertificateError(
        `its states are not as many as it says (got ${count}, it says ${this.#states})`,
      );
    if (!this.#contains(this.#model.initial))
      throw new CertificateError('the initial state is none of its states');
    const found = { expanded: 0, steps: 0, quiescent: 0, wasCancelled: false };
    let number = 0;
    for (const { row, isInSample } of this.#set.chosen(sample, random)) {
      if (number % tellEvery === 0 && !goesOn(number)) return { ...found, wasCancelled: true };
      for (const end of this.#leftOut)
        row[end] = Math.floor(random() * (this.#ends[end] as End).values.length);
      const state = this.#state(row);
      this.#judge(number, 'always', state, state);
      if (isInSample) {
        const { steps, isQuiescent } = this.#expand(number, state);
        if (isQuiescent) this.#judge(number, 'quiescent', state, state);
        found.expanded++;
        found.steps += steps;
        found.quiescent += Number(isQuiescent);
      }
      number++;
    }
    return found;
  }

  /** Takes every step of a state. */
  #expand(number: number, state: object): { steps: number; isQuiescent: boolean } {
    let steps = 0;
    let isQuiescent = true;
    for (const action of this.#model.actions) {
      const after = this.#after(state, action);
      if (after === null) continue;
      steps++;
      if (this.#model.progress?.(action) ?? true) isQuiescent = false;
      if (after !== state && !this.#contains(after))
        throw new CertificateError(
          `it is not closed: state ${number} leads by ${this.#label(action)} to a state that is none of them (${difference(state, after)})`,
        );
      this.#judge(number, 'step', state, after);
    }
    return { steps, isQuiescent };
  }

  /** The state after an action; the same one where it writes nothing, null where the action is not enabled. */
  #after(state: object, action: unknown): object | null {
    try {
      // The state is frozen: a step that returns has written nothing.
      return this.#says(this.#model.step(state, action), action) ? state : null;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    const after = structuredClone(state);
    if (this.#says(this.#model.step(after, action), action)) return after;
    if (difference(state, after) === '') return null;
    throw new CertificateError(`${this.#label(action)} is not enabled and yet writes: the model is none`);
  }

  #says(result: unknown, action: unknown): boolean {
    if (typeof result === 'boolean') return result;
    throw new CertificateError(`${this.#label(action)} says neither true nor false: the model is none`);
  }

  #judge(number: number, kind: Property['kind'], state: object, after: object): void {
    for (const rule of this.#rules) {
      if (rule.kind !== kind) continue;
      for (const subject of rule.subjects ?? [''])
        if (rule.check(state, subject, after) !== true)
          throw new CertificateError(
            `state ${number} breaks '${rule.name}' (${subject}), which it says holds`,
          );
    }
  }

  /** Whether a state is in the set; one with other keys is not. */
  #contains(state: object): boolean {
    for (const [i, end] of this.#ends.entries()) {
      const value = at(state, end.path);
      // What is left out gets the values that it has met, at random.
      const number = this.#leftOut.has(i) ? end.add(structuredClone(value)) : end.numberOf(value);
      if (number === undefined) return false;
      this.#row[i] = number;
    }
    return this.#set.has(this.#row) && branchesOf(state, this.#model.initial) === this.#branches;
  }

  #state(row: Uint32Array): object {
    const state = {};
    for (const [i, { path, values }] of this.#ends.entries()) {
      let branch: Record<string, unknown> = state;
      for (const key of path.slice(0, -1)) {
        branch[key] ??= {};
        branch = branch[key] as Record<string, unknown>;
      }
      branch[path.at(-1) as string] = values[row[i] as number];
    }
    return frozen(state);
  }

  #label(action: unknown): string {
    return this.#model.label?.(action) ?? textOf(action);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Equal for equal values. A quote tells texts from lists. */
function keyOf(value: unknown): unknown {
  return isObject(value) ? textOf(value) : typeof value === 'string' ? `"${value}` : value;
}

function at(state: object, path: readonly string[]): unknown {
  return path.reduce<unknown>((branch, key) => (isObject(branch) ? branch[key] : undefined), state);
}

/** The paths to what is no object with keys. */
function endsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  const isEnd = !isObject(value) || Array.isArray(value) || Object.keys(value).length === 0;
  if (isEnd) return [path];
  return Object.entries(value).flatMap(([key, child]) => endsOf(child, [...path, key]));
}

/** How many keys the objects of `state` have that are objects in `shape`. */
function branchesOf(state: unknown, shape: unknown): number {
  if (!isObject(state) || !isObject(shape) || Array.isArray(shape) || Object.keys(shape).length === 0)
    return 0;
  const below = Object.keys(shape).map((key) => branchesOf(state[key], shape[key]));
  return below.reduce((sum, keys) => sum + keys, Object.keys(state).length);
}

/** What a step has changed. */
function difference(before: object, after: object): string {
  const paths = endsOf(before).filter((path) => textOf(at(before, path)) !== textOf(at(after, path)));
  return paths
    .map((path) => `${path.join('.')}: ${textOf(at(before, path))} → ${textOf(at(after, path))}`)
    .join(', ');
}

function frozen<T>(value: T): T {
  if (isObject(value)) for (const child of Object.values(value)) frozen(child);
  return Object.freeze(value);
}

/** JSON with sorted keys. */
function textOf(value: unknown): string {
  const sorted = (_: string, each: unknown): unknown =>
    isObject(each) && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each;
  return JSON.stringify(value, sorted) ?? 'undefined';
}
